import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { linesOf } from "./csv.ts";
import { answerOf, framed } from "./framing.ts";
import { normalBusId } from "./placeholder.ts";
import type { Probe } from "./probe.ts";

/** One XID report of the driver in the kernel log. */
export interface XidEvent {
  readonly xid: number;
  /** Normalised as in `GpuReading.busId`. */
  readonly busId?: string;
  /** The log's own time as text, where it has one: the remote clock is not trusted. */
  readonly time?: string;
  /** The rest of the line, verbatim: hostile until shown through `plainText`. */
  readonly message: string;
}

const MAX_EVENTS = 100;
const NO_PERMISSION = 4;

const FILTER = `grep "NVRM: .*Xid" | tail -n ${MAX_EVENTS}`;
const QUIET_JOURNAL = "$t journalctl -k -q --no-pager 2>/dev/null </dev/null";
// journalctl answers an account without permission with nothing, not with an error: one line of the log proves the right.
const READ_LOG =
  't=; if timeout -k 2 1 true >/dev/null 2>&1; then t="timeout -k 2 8"; fi; c=0; ' +
  `if [ -n "$(${QUIET_JOURNAL} -n 1 -o cat)" ]; then ${QUIET_JOURNAL} -o short-iso | ${FILTER}; ` +
  `elif $t dmesg >/dev/null 2>&1; then { $t dmesg -T 2>/dev/null || $t dmesg; } | ${FILTER}; ` +
  `else c=${NO_PERMISSION}; fi`;

/** Newest first, at most 100. Throws "permission" where the kernel log may not be read. Undefined command on Windows. */
export function kernelLogProbe(nonce: string): Probe<readonly XidEvent[]> {
  return {
    command: (shell) => (shell === "windows" ? undefined : framed(READ_LOG, nonce)),
    parse: (result) => {
      const { body, exitCode } = answerOf(result, nonce);
      if (exitCode === NO_PERMISSION) {
        throw new GpuDevError(
          "permission",
          sentence("This account may not read the kernel log. Ask for membership of the group adm or systemd-journal."),
        );
      }
      if (exitCode !== 0) {
        throw new GpuDevError(
          "remote-command",
          sentence("The kernel log could not be read (exit code {0}).", exitCode ?? "?"),
        );
      }
      return parseKernelLog(body);
    },
  };
}

/** The XID lines of a kernel log, newest first: its last lines are its newest. */
export function parseKernelLog(log: string): readonly XidEvent[] {
  const events: XidEvent[] = [];
  for (const line of linesOf(log).slice(-MAX_EVENTS * 10)) {
    const event = line.length > 4096 ? undefined : parseXidLine(line);
    if (event) events.push(event);
  }
  return events.slice(-MAX_EVENTS).reverse();
}

// "NVRM: Xid (PCI:0000:0a:00): 79, pid=…", "NVRM: Xid (0000:03:00): 31, …", "NVRM: Xid (PCI:0000:65:00 GPU-I:05): 94, …"
const XID = /NVRM: Xid \((?:PCI:)?([0-9a-f:.]{4,20})[^)]{0,40}\): (\d{1,4})(?:, ?|$)(.*)$/i;
// "[Sat Nov 21 08:00:00 2026]" and "[  123.456]" of dmesg, "2026-11-21T08:00:00+0000" and "Nov 21 08:00:00" of the journal.
const TIME =
  /^\[?\s*((?:[A-Z][a-z]{2} ){1,2} ?\d{1,2} \d\d:\d\d:\d\d(?: \d{4})?|\d{4}-\d\d-\d\dT\S{1,30}|\d{1,12}\.\d{1,6})(?:\]|\s)/;

function parseXidLine(line: string): XidEvent | undefined {
  const match = XID.exec(line);
  if (!match) return undefined;
  const [, bus = "", xid, message = ""] = match;
  const busId = normalBusId(bus);
  const time = TIME.exec(line)?.[1];
  return {
    xid: Number(xid),
    message: message.trim(),
    ...(busId === undefined ? {} : { busId }),
    ...(time === undefined ? {} : { time }),
  };
}
