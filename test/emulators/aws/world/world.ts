import { WorldClock } from "../clock.ts";
import { regionFacts } from "../data/regions.ts";
import { Faults } from "../faults.ts";
import {
  DEFAULT_ACCOUNT,
  DEFAULT_DURATIONS,
  type AwsAccount,
  type AwsEmulatorOptions,
  type Durations,
} from "../options.ts";
import type { Credentials, RecordedRequest } from "../requests.ts";
import { createRegion, type Cloud, type RegionWorld } from "./region.ts";

/** Everything the emulator knows. */
export interface World {
  readonly clock: WorldClock;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  /** By access key id. */
  readonly credentials: Map<string, Credentials>;
  readonly accounts: readonly AwsAccount[];
  readonly checksSigningTime: boolean;
  /** Undefined where there is no such region. */
  region(name: string, account: AwsAccount): RegionWorld | undefined;
  /** Those that anybody has asked for yet. */
  regions(): readonly RegionWorld[];
  changeDurations(durations: Partial<Durations>): void;
  nextRequestId(): string;
  /** Keeps a mistake of the emulator itself until the test looks. */
  report(error: unknown): void;
  readonly mistakes: readonly unknown[];
}

export function createWorld(options: AwsEmulatorOptions): World {
  const speed = options.clock === "real" ? (options.speed ?? 1) : 0;
  const accounts = options.accounts ?? [DEFAULT_ACCOUNT];
  let durations: Durations = { ...DEFAULT_DURATIONS, ...options.durations };
  let number = 0;
  const mistakes: unknown[] = [];
  const report = (error: unknown): void => void mistakes.push(error);
  const clock = new WorldClock(options.startsAt ?? Date.now(), speed, report);
  const cloud: Cloud = {
    clock,
    durations: () => durations,
    machines: options.machines,
    nextNumber: () => (number += 1),
  };
  const regions = new Map<string, RegionWorld>();
  return {
    clock,
    faults: new Faults(),
    requests: [],
    credentials: new Map(accounts.map((account) => [account.accessKeyId, { account, state: "valid" }])),
    accounts,
    checksSigningTime: options.checkSignatureTime ?? speed === 1,
    region: (name, account) => regionOf(regions, name, account, cloud),
    regions: () => [...regions.values()],
    changeDurations: (changed) => void (durations = { ...durations, ...changed }),
    nextRequestId: () => `00000000-0000-4000-8000-${cloud.nextNumber().toString(16).padStart(12, "0")}`,
    report,
    mistakes,
  };
}

/** Made when first asked for. */
function regionOf(
  regions: Map<string, RegionWorld>,
  name: string,
  account: AwsAccount,
  cloud: Cloud,
): RegionWorld | undefined {
  const key = `${account.accountId}/${name}`;
  const known = regions.get(key);
  if (known) return known;
  if (!regionFacts(name)) return undefined;
  const made = createRegion(name, account, cloud);
  regions.set(key, made);
  return made;
}
