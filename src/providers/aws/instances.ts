import type { Environment, Fact, Price } from "../../core/environment.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { consolePage } from "./consolePage.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { operationsOf } from "./instanceOperations.ts";
import { billingOf, isTerminated, lifecycleOf } from "./instanceState.ts";
import type { InstanceTypeInfo } from "./instanceType.ts";
import type { PriceRequest, StoragePriceRequest } from "./priceBook.ts";
import type { AwsScope } from "./scopes.ts";

/** A disk of an instance. */
export interface VolumeInfo {
  readonly type: string;
  readonly sizeGiB: number;
  readonly isEncrypted: boolean;
}

/** What is known beyond the instance itself. Every question is answered at once, from what was fetched before. */
export interface Surroundings {
  readonly providerId: string;
  readonly scope: AwsScope;
  readonly accountId: string;
  readonly type: (name: string) => InstanceTypeInfo | undefined;
  readonly volume: (id: string) => VolumeInfo | undefined;
  readonly spotRequest: (id: string) => "one-time" | "persistent" | undefined;
  readonly price: (request: PriceRequest) => Price | undefined;
  readonly storagePrice: (request: StoragePriceRequest) => Price | undefined;
  /** How far the clock of this computer is ahead of AWS's. */
  readonly clockAheadMs: number;
  /** For how long it has been changing its state; undefined where it does not. */
  readonly changingMs: (instance: Ec2Instance) => number | undefined;
}

/** The tag by which what this extension made is known, with the id of the operation that made it. */
export const OPERATION_TAG = "gpu-dev:operation";

const KIND = sentence("EC2 instance");

/** Undefined for one that is gone: it stays in AWS's lists for about an hour. */
export function toEnvironment(instance: Ec2Instance, surroundings: Surroundings): Environment | undefined {
  if (isTerminated(instance)) return undefined;
  const { scope, accountId, providerId } = surroundings;
  const type = instance.instanceType === undefined ? undefined : surroundings.type(instance.instanceType);
  return {
    id: environmentId(accountId, scope.region, instance.id),
    providerId,
    name: nameOf(instance),
    kind: KIND,
    group: `${scope.name ?? accountId} · ${scope.region}`,
    ...stateOf(instance, surroundings),
    reach: "ssh",
    gpu: type?.gpu,
    operations: operationsOf({ instance, type, spotRequest: spotRequestOf(instance, surroundings) }),
    ...costsOf(instance, surroundings),
    ...(instance.lifecycle === "spot" ? { interruptible: true } : {}),
    ...operationIdOf(instance),
    // Of thousands of machines, the tooltips of a few are ever read.
    get facts() {
      return [...machineFacts(instance, type), ...diskFacts(instance, type, surroundings), ...stateFacts(instance)];
    },
    tags: instance.tags,
  };
}

function nameOf({ id, tags }: Ec2Instance): string {
  const name = tags["Name"]?.trim() ?? "";
  return name === "" ? id : name;
}

/** What AWS takes seconds to minutes for, and large machines a quarter of an hour. */
const STUCK_MS = 30 * 60_000;

type StateShown = Pick<Environment, "state" | "activity" | "alarm" | "startedAt" | "clockAheadMs">;

function stateOf(instance: Ec2Instance, { clockAheadMs, changingMs, scope }: Surroundings): StateShown {
  const state = lifecycleOf(instance);
  const lastingMs = changingMs(instance) ?? 0;
  if (lastingMs > STUCK_MS) return stuck(instance, Math.floor(lastingMs / 60_000), scope.region);
  const isPlain = state !== "transitioning" && state !== "unknown";
  return {
    state,
    ...(isPlain ? {} : { activity: instance.state ?? sentence("no state") }),
    ...(state === "running" && instance.launchedAt !== undefined ? { startedAt: instance.launchedAt } : {}),
    ...(clockAheadMs === 0 ? {} : { clockAheadMs }),
  };
}

function stuck({ id, state = "?" }: Ec2Instance, minutes: number, region: string): StateShown {
  const text = sentence(
    "AWS has called it {0} for {1} min, which is far too long. It may be billing: look at it in the AWS console, or ask AWS Support.",
    state,
    minutes,
  );
  return {
    state: "failed",
    activity: sentence("stuck: {0} for {1} min, may be billing", state, minutes),
    alarm: { text, page: consolePage(region, id) },
  };
}

/** "aws/123456789012/eu-central-1/i-0123456789abcdef0": the same from every profile that sees the machine. */
function environmentId(accountId: string, region: string, instanceId: string): string {
  return `aws/${accountId}/${region}/${instanceId}`;
}

/** The instance that an id stands for; undefined for an id of another form. */
export function instanceIdOf(id: string): string | undefined {
  return /^aws\/\d{12}\/[a-z0-9-]+\/(?<instance>i-[0-9a-zA-Z]{1,32})$/.exec(id)?.groups?.["instance"];
}

function operationIdOf({ tags }: Ec2Instance): { readonly operationId?: string } {
  const operationId = tags[OPERATION_TAG];
  return operationId !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(operationId) ? { operationId } : {};
}

function spotRequestOf({ spotRequestId }: Ec2Instance, { spotRequest }: Surroundings) {
  return spotRequestId === undefined ? undefined : spotRequest(spotRequestId);
}

function costsOf(instance: Ec2Instance, surroundings: Surroundings): Pick<Environment, "billing" | "priceWhenRunning"> {
  const compute = computePriceOf(instance, surroundings);
  const storage = storagePriceOf(instance, surroundings);
  const billing = billingOf(instance, { ...(compute ? { compute } : {}), ...(storage ? { storage } : {}) });
  return { billing, ...(compute && billing.kind === "storage-only" ? { priceWhenRunning: compute } : {}) };
}

/** What a price is asked for; undefined where the lists hold none, e.g. for Windows or a host of one's own. */
export function priceRequestOf(instance: Ec2Instance): PriceRequest | undefined {
  const { instanceType, lifecycle, isShared, platform, zone } = instance;
  const isLinux = platform === undefined || platform === "Linux/UNIX";
  if (instanceType === undefined || !isShared || !isLinux) return undefined;
  if (lifecycle !== undefined && lifecycle !== "spot") return undefined;
  return { instanceType, market: lifecycle ?? "on-demand", ...(zone === undefined ? {} : { zone }) };
}

function computePriceOf(instance: Ec2Instance, { price }: Surroundings): Price | undefined {
  const request = priceRequestOf(instance);
  return request && price(request);
}

/** Of all its disks together; undefined where the price of one is unknown, since a part would pass for the whole. */
function storagePriceOf({ volumeIds }: Ec2Instance, { volume, storagePrice }: Surroundings): Price | undefined {
  const prices = volumeIds.map((id) => {
    const known = volume(id);
    return known && storagePrice({ volumeType: known.type, sizeGiB: known.sizeGiB });
  });
  const [first] = prices;
  if (!first || !prices.every((price) => price?.currency === first.currency)) return undefined;
  return { ...first, perHour: prices.reduce((sum, price) => sum + (price?.perHour ?? 0), 0) };
}

type Line = readonly [label: Sentence, value: Fact["value"] | undefined];

function machineFacts(instance: Ec2Instance, type: InstanceTypeInfo | undefined): readonly Fact[] {
  return known([
    [sentence("Instance"), instance.id],
    [sentence("Type"), instance.instanceType && typeText(instance.instanceType, type)],
    [sentence("Accelerators"), type?.accelerators.join(", ")],
    [sentence("Zone"), instance.zone],
    [sentence("Market"), instance.lifecycle],
    [sentence("Public address"), instance.publicAddress && addressText(instance)],
    [sentence("Private address"), instance.privateAddress],
    [sentence("Image"), instance.imageId],
    [sentence("Key pair"), instance.keyName],
    [sentence("IAM profile"), instance.profileArn?.split("/").at(-1)],
  ]);
}

function diskFacts(
  { rootVolumeId }: Ec2Instance,
  type: InstanceTypeInfo | undefined,
  { volume }: Surroundings,
): readonly Fact[] {
  const root = rootVolumeId === undefined ? undefined : volume(rootVolumeId);
  return known([
    [sentence("Root disk"), root && volumeText(root)],
    [sentence("Disks on the host"), type?.instanceStorageGB ? hostDisks(type.instanceStorageGB) : undefined],
  ]);
}

function stateFacts({ launchedAt, stateReason }: Ec2Instance): readonly Fact[] {
  return known([
    [sentence("Launched"), launchedAt === undefined ? undefined : { at: launchedAt }],
    [sentence("Reason of the state"), stateReason?.message],
  ]);
}

function known(lines: readonly Line[]): readonly Fact[] {
  return lines.flatMap(([label, value]) => (value === undefined || value === "" ? [] : [{ label, value }]));
}

function typeText(name: string, type: InstanceTypeInfo | undefined): string | Sentence {
  if (type?.vcpus === undefined || type.memoryMiB === undefined) return name;
  return sentence("{0}: {1} vCPUs, {2} GiB memory", name, type.vcpus, Math.round((type.memoryMiB / 1024) * 10) / 10);
}

function addressText({ publicAddress = "", hasElasticAddress }: Ec2Instance): string | Sentence {
  return hasElasticAddress ? sentence("{0}, stays over a stop", publicAddress) : publicAddress;
}

function volumeText({ type, sizeGiB, isEncrypted }: VolumeInfo): Sentence {
  return isEncrypted ? sentence("{0} GiB {1}, encrypted", sizeGiB, type) : sentence("{0} GiB {1}", sizeGiB, type);
}

function hostDisks(sizeGB: number): Sentence {
  return sentence("{0} GB, lost at every stop", sizeGB);
}
