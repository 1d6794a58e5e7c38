import type { Environment } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import type { Speech } from "./environmentRow.ts";

export interface AlarmMessage {
  readonly text: string;
  /** Where to look and act: the platform's own page. */
  readonly page?: string;
}

/** A message must fit on a screen. */
const MOST_NAMED = 5;

/** What is said of environments that raised an alarm at once. */
export function alarmMessage(
  environments: readonly Environment[],
  { say, localize }: Speech,
): AlarmMessage | undefined {
  const [first, ...others] = environments;
  if (!first?.alarm) return undefined;
  const text = say("{0}: {1}", nameOf(first), localize(first.alarm.text));
  if (others.length > 0) {
    const named = environments.slice(0, MOST_NAMED).map(nameOf).join(", ");
    const more = environments.length - MOST_NAMED;
    const names = more > 0 ? say("{0} and {1} more", named, more) : named;
    return { text: say("{0} machines need a look: {1}. Of the first: {2}", environments.length, names, text) };
  }
  return { text, ...(first.alarm.page === undefined ? {} : { page: first.alarm.page }) };
}

function nameOf({ name }: Environment): string {
  return plainText(name, 100);
}
