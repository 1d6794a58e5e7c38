import type { JSX } from "preact";
import type { Status } from "../panels/protocol.ts";
import { useTexts } from "./pageContext.ts";

/** Whether the numbers of a host are those of an earlier time: it was read once, and does not answer at present. */
export function isStale(status: Status): boolean {
  return status.tone !== "live" && status.sampledAt !== undefined;
}

/** What the look of an old number says, for who does not see it. */
export function Outdated({ when }: { readonly when: boolean }): JSX.Element | null {
  const { labels } = useTexts();
  return when ? <span class="sr-only"> ({labels.outdated})</span> : null;
}
