import type { ErrorCode } from "../core/error.ts";

/** Seconds to wait after the first, second, … failure in a row. */
const RUNGS_S = [1, 2, 5, 10, 30, 60, 300] as const;
/** The rung that a failure which time alone seldom cures begins at: 60 s. */
const SLOW_RUNG = 6;
/** Hosts that failed together must not come back together: each wait varies by up to a fifth either way. */
const JITTER = 0.2;
/** What has worked for so long has recovered: the next failure starts at the first rung. */
const STABLE_MS = 60_000;

/** How long something has been failing. A value; times are those of the caller's clock, in milliseconds. */
export interface Ladder {
  /** Failures in a row. */
  readonly failures: number;
  /** Since when it works; absent while it does not. */
  readonly upSince?: number;
}

export const GROUND: Ladder = { failures: 0 };

export interface Failure {
  readonly code: ErrorCode;
  readonly now: number;
  /** As `Math.random`. */
  readonly random: () => number;
}

/** It works. Only a stable minute brings the ladder back to the ground. */
export function risen(ladder: Ladder, now: number): Ladder {
  return ladder.upSince === undefined ? { failures: ladder.failures, upSince: now } : ladder;
}

/** True where a failure at `now` would be the first in a while. */
export function isStable(ladder: Ladder, now: number): boolean {
  return ladder.upSince !== undefined && now - ladder.upSince >= STABLE_MS;
}

/** It failed: one rung up, and the time of the next try; none where only the user can cure it. */
export function fallen(ladder: Ladder, failure: Failure): { readonly ladder: Ladder; readonly retryAt?: number } {
  const failures = isStable(ladder, failure.now) ? 1 : ladder.failures + 1;
  const pace = PACES[failure.code];
  if (pace === "never") return { ladder: { failures } };
  const rung = Math.min(pace === "slowly" ? Math.max(failures, SLOW_RUNG) : failures, RUNGS_S.length);
  const seconds = RUNGS_S[rung - 1] ?? RUNGS_S[0];
  const factor = 1 + JITTER * (2 * failure.random() - 1);
  return { ladder: { failures }, retryAt: failure.now + seconds * 1000 * factor };
}

/**
 * never: trying again would fail the same way, or lock an account, until the user acts.
 * slowly: somebody has to install or change something there.
 */
const PACES: Record<ErrorCode, "soon" | "slowly" | "never"> = {
  unreachable: "soon",
  timeout: "soon",
  "host-key-unknown": "never",
  "host-key-changed": "never",
  authentication: "never",
  configuration: "never",
  "missing-tool": "slowly",
  "remote-command": "soon",
  "no-driver": "slowly",
  "no-gpu": "slowly",
  driver: "soon",
  "unreadable-answer": "soon",
  unsupported: "slowly",
  permission: "slowly",
  storage: "soon",
  busy: "soon",
  quota: "slowly",
  capacity: "slowly",
  throttled: "slowly",
  "not-found": "slowly",
  conflict: "soon",
  "invalid-request": "slowly",
  clock: "slowly",
};
