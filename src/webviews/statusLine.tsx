import type { JSX } from "preact";
import type { Status } from "../panels/protocol.ts";
import { useNow, useTexts } from "./pageContext.ts";
import { fill } from "./texts.ts";

/** How the host answers and how old its numbers are. Only the words are announced; the age ticks silently. */
export function StatusLine({ status }: { readonly status: Status }): JSX.Element {
  return (
    <p class="status-line">
      <span class={`dot tone-${status.tone}`} aria-hidden="true" />
      <span role="status">{status.text}</span>
      <Age status={status} />
    </p>
  );
}

export function Age({ status }: { readonly status: Status }): JSX.Element {
  const { labels, ago } = useTexts();
  const now = useNow();
  const parts: string[] = [];
  if (status.sampledAt !== undefined) parts.push(ago(now - status.sampledAt));
  else if (status.tone !== "busy") parts.push(labels.neverRead);
  if (status.retryAt !== undefined) {
    parts.push(fill(labels.nextTry, Math.max(0, Math.round((status.retryAt - now) / 1_000))));
  }
  return <span class="age">{parts.join(" · ")}</span>;
}
