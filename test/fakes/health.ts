import { vi } from "vitest";
import type { GpuSpec } from "../../src/core/environment.ts";
import type { Disposable } from "../../src/core/event.ts";
import type { Session, SessionMode } from "../../src/core/session.ts";
import { createHealth } from "../../src/health/healthService.ts";
import type { SpecStore } from "../../src/health/spec.ts";
import type { Health, Watch } from "../../src/health/watch.ts";
import { FakeSession, workingMachine, type FakeChannel } from "./session.ts";

interface Opening {
  readonly environmentId: string;
  readonly mode: SessionMode;
  readonly at: number;
}

/** A health service over fake sessions, under virtual time. */
export interface HealthBench {
  readonly health: Health & Disposable;
  /** Every opening that was tried, in order. */
  readonly openings: readonly Opening[];
  /** Every session that was opened, in order. */
  readonly sessions: readonly FakeSession[];
  readonly specs: Map<string, GpuSpec>;
  /** What the watch of "box" has been, without repeats of the same kind in a row. */
  readonly kinds: readonly Watch["kind"][];
  /** The newest, or the one at this place. */
  readonly session: (index?: number) => FakeSession;
}

export type OpenFake = (environmentId: string, mode: SessionMode, signal: AbortSignal) => Promise<Session> | Session;

/** `open` stands in for the way over SSH; by default a working machine answers at once. */
export function healthBench(open: OpenFake = () => new FakeSession(workingMachine())): HealthBench {
  const openings: Opening[] = [];
  const sessions: FakeSession[] = [];
  const kinds: Watch["kind"][] = [];
  const specs = new Map<string, GpuSpec>();
  const store: SpecStore = {
    spec: (id) => specs.get(id),
    rememberSpec: (id, spec) => void specs.set(id, spec),
  };
  const health = createHealth({
    connectionOf: (environmentId) => Promise.resolve({ kind: "ssh", alias: environmentId }),
    openSession: async (connection, mode, signal) => {
      const environmentId = connection.kind === "ssh" ? connection.alias : "local";
      openings.push({ environmentId, mode, at: Date.now() });
      const session = await open(environmentId, mode, signal);
      if (session instanceof FakeSession) sessions.push(session);
      return session;
    },
    specs: store,
    clock: Date.now,
    random: () => 0.5,
    log: () => undefined,
  });
  health.onDidChange((id) => {
    const { kind } = health.watch("box");
    if (id === "box" && kinds.at(-1) !== kind) kinds.push(kind);
  });
  const session = (index = -1): FakeSession => {
    const found = sessions.at(index);
    if (!found) throw new Error("No session was opened.");
    return found;
  };
  return { health, openings, sessions, specs, kinds, session };
}

export function pass(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

/** A machine that does as `behave` says with every command that calls nvidia-smi. */
export function machine(behave: (channel: FakeChannel, working: (channel: FakeChannel) => void) => void) {
  const working = workingMachine();
  return (channel: FakeChannel): void => behave(channel, working);
}
