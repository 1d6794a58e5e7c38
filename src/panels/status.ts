import type { Environment } from "../core/environment.ts";
import type { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { Watch } from "../health/watch.ts";
import type { Localize } from "./labels.ts";
import type { HealthView, Status, Tone } from "./protocol.ts";
import { STATES, tell, TROUBLES } from "./words.ts";
import { sentence, type Sentence } from "../core/sentence.ts";

/** What it is, and where it lives. */
export function toOrigin({ kind, group }: Environment, localize: Localize): string {
  return [localize(kind), plainText(group)].filter((part) => part !== "").join(" · ");
}

/** How the host answers at this moment, in words and as a tone; the words alone must be enough. */
export function toStatus(environment: Environment, watch: Watch, localize: Localize): Status {
  return withTimes(describe(environment, watch), watch, localize);
}

/** Of readings that come every two seconds, the age at which one is none of them any more. */
const FRESH_MS = 10_000;

/** The same where readings are to come as a stream: that of a glance, up to a minute ago, is not yet one of it. */
export function toStreamStatus(environment: Environment, watch: Watch, localize: Localize, now: number): Status {
  const status = toStatus(environment, watch, localize);
  const isOld = watch.last !== undefined && now - watch.last.at > FRESH_MS;
  return status.tone === "live" && isOld ? withTimes(READING, watch, localize) : status;
}

/** The same for one that is not listed: it may still be on its way, as after a reload of the window. */
export function toMissing(isListing: boolean, watch: Watch, localize: Localize): Status {
  return withTimes(isListing ? LISTING : GONE, watch, localize);
}

function withTimes({ tone, told }: Description, watch: Watch, localize: Localize): Status {
  const sampledAt = watch.last === undefined ? {} : { sampledAt: watch.last.at };
  const retryAt = "retryAt" in watch ? { retryAt: watch.retryAt } : {};
  return { tone, text: tell(localize, told), ...sampledAt, ...retryAt };
}

/** The failure that keeps readings from coming, and the way out. */
export function toTrouble(watch: Watch, localize: Localize): HealthView["trouble"] {
  if (watch.kind !== "no-reading" && watch.kind !== "unreachable") return undefined;
  const { title, nextStep } = TROUBLES[watch.error.code];
  return {
    severity: watch.kind === "unreachable" ? "critical" : "warning",
    title: tell(localize, title),
    explanation: tell(localize, watch.error.sentence),
    nextStep: tell(localize, nextStep),
  };
}

interface Description {
  readonly tone: Tone;
  readonly told: Sentence;
}

const READING: Description = { tone: "busy", told: sentence("Reading…") };
const LISTING: Description = { tone: "busy", told: sentence("Loading…") };
const GONE: Description = { tone: "error", told: sentence("No longer listed") };

function describe(environment: Environment, watch: Watch): Description {
  const { state } = environment;
  if (state === "running" || state === "unmanaged") return describeWatch(watch);
  if (state === "unknown" && watch.kind !== "idle") return describeWatch(watch);
  return { tone: state === "failed" ? "error" : "idle", told: STATES[state] };
}

function describeWatch(watch: Watch): Description {
  switch (watch.kind) {
    case "idle":
      return { tone: "idle", told: sentence("Not watched") };
    case "connecting":
      return { tone: "busy", told: sentence("Connecting…") };
    case "live":
      return { tone: "live", told: sentence("Live") };
    case "no-reading":
      return { tone: "warning", told: titleOf(watch.error) };
    case "unreachable":
      return { tone: "error", told: titleOf(watch.error) };
  }
}

function titleOf(error: GpuDevError): Sentence {
  return TROUBLES[error.code].title;
}
