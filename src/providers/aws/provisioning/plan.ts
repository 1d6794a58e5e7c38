import type { Price } from "../../../core/environment.ts";
import type { ProvisioningPlan } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import type { PriceBook } from "../priceBook.ts";
import { chosenMaxHours, chosenSystem, chosenType, type Draft } from "./draft.ts";
import { gpuLabel } from "./gpuQuestion.ts";
import { isNvidia } from "./gpuType.ts";
import type { LaunchSpec } from "./launchSpec.ts";
import { money } from "./money.ts";
import type { Quota } from "./quota.ts";
import { quotaText } from "./quotaText.ts";

/** A complete draft, and what it means to AWS. */
export interface Planned {
  readonly draft: Draft;
  readonly spec: LaunchSpec;
  readonly prices: PriceBook;
  readonly quota: Quota;
}

export function toPlan(planned: Planned): ProvisioningPlan {
  const { draft, spec, prices } = planned;
  const maxHours = chosenMaxHours(draft);
  const price = machinePrice(spec, prices);
  const storagePrice = prices.storagePrice({ volumeType: "gp3", sizeGiB: spec.diskGiB });
  return {
    answers: draft.answers,
    name: spec.name,
    creates: creates(planned, price),
    ...(price ? { price } : {}),
    ...(storagePrice ? { storagePrice } : {}),
    ...(maxHours === undefined ? {} : { maxHours }),
    risks: risks(planned, price),
  };
}

/** On the Spot market, that of the zone that is tried first. */
function machinePrice({ instanceType, market, zones }: LaunchSpec, prices: PriceBook): Price | undefined {
  const [zone] = zones;
  return prices.price({ instanceType, market, ...(zone === undefined ? {} : { zone }) });
}

function creates({ draft, spec }: Planned, price: Price | undefined): readonly Sentence[] {
  const type = chosenType(draft);
  return [
    sentence("Machine {0} with {1}, in one of {2}", spec.instanceType, gpuLabel(type.gpu), places(spec)),
    sentence(
      "Encrypted gp3 disk of {0} GiB with {1}, deleted with the machine",
      spec.diskGiB,
      chosenSystem(draft).label,
    ),
    keyText(spec.key),
    sentence("Security group, which lets SSH in from {0} and nothing else", spec.sshFrom),
    ...guardText(draft, spec, price),
    sentence("Tags on all of it: {0}", Object.keys(spec.tags).join(", ")),
  ];
}

function places({ zones, network }: LaunchSpec): string {
  return network ? `${zones.join(", ")} (${network.vpcId})` : zones.join(", ");
}

function keyText(key: LaunchSpec["key"]): Sentence {
  switch (key.kind) {
    case "new":
      return sentence("New key pair; its private key is kept on this computer only");
    case "earlier":
      return sentence("No key pair: {0} is used, which was made for an earlier machine", key.name);
    case "imported":
      return sentence("Key pair with your public key");
  }
}

function guardText(draft: Draft, { atShutdown }: LaunchSpec, price: Price | undefined): readonly Sentence[] {
  const hours = chosenMaxHours(draft);
  if (hours === undefined) return [];
  const cost = price ? money(price.perHour * hours, price.currency) : sentence("an unknown amount");
  return [
    atShutdown === "terminate"
      ? sentence("A timer on it that deletes it after {0} h of running, which cost {1}", hours, cost)
      : sentence("A timer on it that stops it {0} h after each start, which cost {1}", hours, cost),
  ];
}

function risks(planned: Planned, price: Price | undefined): readonly Sentence[] {
  const { draft, spec } = planned;
  return [
    sentence("AWS does not promise capacity: a start may be refused, now and after each stop."),
    ...(spec.market === "spot" ? SPOT_RISKS : stopRisks(planned)),
    ...(chosenType(draft).hasInstanceStore
      ? [sentence("Its local disks are empty after each stop; only the gp3 disk keeps what is on it.")]
      : []),
    ...quotaRisk(planned),
    ...(price ? [] : [sentence("Nobody could tell its price: it costs money all the same.")]),
    ...(chosenMaxHours(draft) === undefined ? [sentence("It runs until somebody stops it.")] : []),
    ...(isNvidia(chosenType(draft).gpu)
      ? []
      : [sentence("Drivers for its GPUs are not installed, and their health cannot be shown.")]),
    sentence("Its public IPv4 address costs money too while it runs."),
    sentence("Nothing on it is backed up."),
  ];
}

const SPOT_RISKS: readonly Sentence[] = [
  sentence("AWS may take it back at any moment with two minutes' notice; it is deleted then, with its disk."),
  sentence("It cannot be stopped or hibernated, only deleted."),
  sentence("Its price changes, and differs in the other zones."),
];

function stopRisks({ spec }: Planned): readonly Sentence[] {
  return [
    spec.hibernation
      ? sentence("It can be hibernated for 60 days at a time at most; a plain stop loses its memory.")
      : sentence("It cannot be hibernated: Pause stops it, and what is in its memory is lost."),
    sentence("Its public address changes with each stop and start."),
  ];
}

/** A limit that leaves room for this machine and no further one, or that nobody could read. */
function quotaRisk({ quota, draft }: Planned): readonly Sentence[] {
  const type = chosenType(draft);
  if (quota.kind === "unknown") {
    return [sentence("Whether the account's limits allow it is not known: {0}.", quota.reason)];
  }
  const isTight = quota.limit - quota.used < 2 * type.vCpus;
  return isTight ? [sentence("The account's limit is nearly reached: {0}.", quotaText(quota, type))] : [];
}
