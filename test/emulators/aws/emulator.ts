import type { Fault, InjectedFault } from "./faults.ts";
import type { AwsAccount, AwsEmulatorOptions, Durations } from "./options.ts";
import type { Credentials, RecordedRequest } from "./requests.ts";
import { addInstance, type InstanceSeed } from "./seed.ts";
import { startServer } from "./server.ts";
import { setCapacity, type CapacityTerms } from "./world/capacity.ts";
import { interruptSpot, resumeSpot, type Interruption } from "./world/interruption.ts";
import type { Address, Instance, KeyPair, SecurityGroup, SpotRequest, Volume } from "./world/model.ts";
import { setQuota } from "./world/quotas.ts";
import type { RegionWorld } from "./world/region.ts";
import { createWorld, type World } from "./world/world.ts";

export type { Fault, FaultEffect, InjectedFault } from "./faults.ts";
export type { AwsAccount, AwsEmulatorOptions, Durations, MachineHost, MachineRequest } from "./options.ts";
export type { RecordedRequest } from "./requests.ts";
export type { InstanceSeed } from "./seed.ts";

/** One region of one account, as it is at the moment of reading. */
export interface RegionView {
  readonly instances: readonly Instance[];
  readonly keyPairs: readonly KeyPair[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly volumes: readonly Volume[];
  readonly spotRequests: readonly SpotRequest[];
  readonly addresses: readonly Address[];
  /** Of an image by the words of its name, e.g. "ubuntu-24.04-amd64". */
  imageId(words: string): string;
}

/** A place in the world; by default us-east-1 of the first account. */
export interface Where {
  readonly region?: string;
  readonly accountId?: string;
}

/** A scripted AWS at an address of this machine: EC2, and of STS, SSM, Service Quotas and Pricing what goes with it. */
export interface AwsEmulator {
  readonly endpoint: string;
  readonly clock: {
    now(): number;
    /** Runs everything that falls due meanwhile, in order. */
    advance(milliseconds: number): Promise<void>;
  };
  /** Every request that arrived, refused ones too. */
  readonly requests: readonly RecordedRequest[];
  clearRequests(): void;
  /** Spoils coming answers; of several faults for a request the oldest that is not used up hits it. */
  inject(fault: Fault): InjectedFault;
  clearFaults(): void;
  /** Puts a machine there without a launch and gives its id. */
  addInstance(seed?: InstanceSeed): string;
  region(name: string, accountId?: string): RegionView;
  /** Two minutes' notice, then it happens; a hibernation happens at once. */
  interruptSpot(instanceId: string, action: Interruption): void;
  /** There is capacity again for a Spot instance that was interrupted by a stop. */
  resumeSpot(instanceId: string): void;
  /** The next hibernation of the instance ends as a plain stop. */
  failHibernation(instanceId: string): void;
  setQuota(quotaCode: string, value: number, where?: Where): void;
  setCapacity(terms: CapacityTerms & Where): void;
  setDurations(durations: Partial<Durations>): void;
  setCredentials(accessKeyId: string, state: Credentials["state"]): void;
  /** Accepts connections and answers nothing until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends every connection. Throws where the emulator itself made a mistake. */
  stop(): Promise<void>;
}

export async function startAwsEmulator(options: AwsEmulatorOptions = {}): Promise<AwsEmulator> {
  const world = createWorld(options);
  const server = await startServer(world, options.port ?? 0);
  return {
    endpoint: server.endpoint,
    pause: server.pause,
    resume: server.resume,
    clock: { now: () => world.clock.now(), advance: (milliseconds) => world.clock.advance(milliseconds) },
    requests: world.requests,
    clearRequests: () => void world.requests.splice(0),
    inject: (fault) => world.faults.inject(fault, world.clock.now()),
    clearFaults: () => world.faults.clear(),
    ...controls(world),
    stop: async () => {
      world.clock.stop();
      await server.stop();
      if (world.mistakes.length > 0) throw new AggregateError(world.mistakes, "The emulator made mistakes.");
    },
  };
}

type Controls = Pick<
  AwsEmulator,
  | "addInstance"
  | "region"
  | "interruptSpot"
  | "resumeSpot"
  | "failHibernation"
  | "setQuota"
  | "setCapacity"
  | "setDurations"
  | "setCredentials"
>;

function controls(world: World): Controls {
  return {
    addInstance: (seed = {}) => addInstance(regionAt(world, seed), seed),
    region: (region, accountId) =>
      viewOf(regionAt(world, { region, ...(accountId === undefined ? {} : { accountId }) })),
    interruptSpot: (id, action) => interruptSpot(regionOfInstance(world, id), id, action),
    resumeSpot: (id) => resumeSpot(regionOfInstance(world, id), id),
    failHibernation: (id) => void regionOfInstance(world, id).failingHibernations.add(id),
    setQuota: (code, value, where = {}) => setQuota(regionAt(world, where), code, value),
    setCapacity: (terms) => setCapacity(regionAt(world, terms), terms),
    setDurations: (durations) => world.changeDurations(durations),
    setCredentials: (accessKeyId, state) => {
      const known = world.credentials.get(accessKeyId);
      if (!known) throw new Error(`The emulator knows no key ${accessKeyId}.`);
      world.credentials.set(accessKeyId, { ...known, state });
    },
  };
}

function regionAt(world: World, { region = "us-east-1", accountId }: Where): RegionWorld {
  const found = world.region(region, accountAt(world, accountId));
  if (!found) throw new Error(`The emulator knows no region ${region}.`);
  return found;
}

function accountAt({ accounts }: World, accountId: string | undefined): AwsAccount {
  const account = accounts.find((candidate) => candidate.accountId === (accountId ?? candidate.accountId));
  if (!account) throw new Error(`The emulator knows no account ${accountId ?? ""}.`);
  return account;
}

function regionOfInstance(world: World, id: string): RegionWorld {
  const region = world.regions().find(({ instances }) => instances.get(id));
  if (!region) throw new Error(`The emulator knows no instance ${id}.`);
  return region;
}

function viewOf(region: RegionWorld): RegionView {
  return {
    get instances() {
      return region.instances.values();
    },
    get keyPairs() {
      return [...region.keyPairs.values()];
    },
    get securityGroups() {
      return [...region.securityGroups.values()];
    },
    get volumes() {
      return [...region.volumes.values()];
    },
    get spotRequests() {
      return [...region.spotRequests.values()];
    },
    get addresses() {
      return [...region.addresses.values()];
    },
    imageId: (words) => {
      const image = region.images.find(({ name }) => name.includes(words));
      if (!image) throw new Error(`The emulator knows no image ${words}.`);
      return image.id;
    },
  };
}
