import { vi } from "vitest";
import type { EnvironmentProvider } from "../../../../src/core/provider.ts";
import { createAwsClients, type AwsClients } from "../../../../src/providers/aws/client.ts";
import type { Ec2Sources } from "../../../../src/providers/aws/ec2Provider.ts";
import type { AwsEmulator } from "../../../emulators/aws/emulator.ts";
import { SCOPE, withEmulatedAws } from "./emulated.ts";

/** Noon of the emulated AWS. */
export const NOON = Date.UTC(2026, 10, 21, 12);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** By how much the clock of this computer may be off. */
export const SKEWS_MS = [2 * HOUR_MS, -2 * HOUR_MS, 6 * MINUTE_MS, -6 * MINUTE_MS] as const;

/** An emulated AWS that refuses signatures of another time, and a computer with a clock of its own. */
export interface Skewed {
  readonly emulator: AwsEmulator;
  readonly clients: AwsClients;
  readonly provider: (differing?: Partial<Ec2Sources>) => EnvironmentProvider;
  /** Sets the clock of this computer, as far ahead of AWS's as is said. */
  readonly setClock: (aheadMs: number) => void;
  /** Time passes for both; of this process nothing runs meanwhile, as in a sleep. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** What happens during the coming waits of an operation, one each. */
  readonly events: (() => Promise<void> | void)[];
}

/** `Date` is what the SDK signs by and what our clocks read; nothing else of the time is faked. */
export async function withSkewedClock(aheadMs: number, act: (skewed: Skewed) => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: NOON + aheadMs });
  try {
    await withEmulatedAws(
      ({ emulator, dependencies, ...emulated }) => {
        let ahead = aheadMs;
        const events: Skewed["events"] = [];
        const setClock = (aheadNow: number): void => {
          ahead = aheadNow;
          vi.setSystemTime(emulator.clock.now() + ahead);
        };
        const pass = async (milliseconds: number): Promise<void> => {
          await emulator.clock.advance(milliseconds);
          setClock(ahead);
        };
        const wait = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
          signal.throwIfAborted();
          await pass(milliseconds);
          await events.shift()?.();
        };
        const own = { ...dependencies, clock: Date.now, wait };
        const clients = createAwsClients(SCOPE, own);
        const provider: Skewed["provider"] = (differing) => emulated.provider({ ...own, clients, ...differing });
        return act({ emulator, clients, provider, setClock, pass, events }).finally(() => clients.dispose());
      },
      { startsAt: NOON, checkSignatureTime: true },
    );
  } finally {
    vi.useRealTimers();
  }
}

/** "2 h ahead", "6 min behind", "right". */
export function told(aheadMs: number): string {
  if (aheadMs === 0) return "right";
  const minutes = Math.abs(aheadMs) / MINUTE_MS;
  const amount = minutes < 60 ? `${minutes} min` : `${minutes / 60} h`;
  return `${amount} ${aheadMs > 0 ? "ahead" : "behind"}`;
}
