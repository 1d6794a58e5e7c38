import { GpuDevError } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import type { ProvisioningDependencies } from "./dependencies.ts";
import {
  chosenDisk,
  chosenHibernation,
  chosenMarket,
  chosenMaxHours,
  chosenSystem,
  chosenType,
  missing,
  QUESTION,
  type Draft,
} from "./draft.ts";
import { isNvidia } from "./gpuType.ts";
import { chosenKey } from "./keyQuestion.ts";
import { chosenNetwork } from "./networkQuestion.ts";
import { zonesWithin, type Network } from "./networks.ts";
import type { LaunchSpec } from "./launchSpec.ts";
import { EXTENSION_NAME, resourceName, TAG } from "./operationNames.ts";
import { addressRange } from "./ownQuestions.ts";
import type { QuestionSources } from "./questionSources.ts";
import { bySpotPrice } from "./spotZones.ts";
import { chosenImage } from "./systemQuestions.ts";
import { parseTags } from "./tags.ts";
import { userDataScript } from "./userData.ts";

/** What a complete draft means to AWS at this moment. */
export async function makeLaunchSpec(
  draft: Draft,
  operationId: string,
  sources: QuestionSources & Pick<ProvisioningDependencies, "clock">,
  signal: AbortSignal,
): Promise<LaunchSpec> {
  const name = resourceName(operationId);
  const image = await chosenImage(draft, sources, signal);
  const network = await chosenNetwork(draft, sources, signal);
  return {
    version: 1,
    instanceType: chosenType(draft).name,
    market: chosenMarket(draft),
    zones: zonesInTurn(draft, network, sources),
    ...(network ? { network: { vpcId: network.vpcId, subnets: Object.fromEntries(network.subnets) } } : {}),
    imageId: image.imageId,
    rootDevice: image.rootDevice,
    diskGiB: chosenDisk(draft),
    hibernation: chosenHibernation(draft),
    atShutdown: atShutdown(draft),
    tags: {
      ...parseTags(draft.answers[QUESTION.tags] ?? ""),
      ...(await ownTags(draft, operationId, sources, signal)),
    },
    name: draft.answers[QUESTION.name] ?? missing(QUESTION.name),
    key: await chosenKey(draft, name, sources),
    groupName: name,
    sshFrom: await sshFrom(draft, sources, signal),
    userData: userData(draft),
  };
}

/** On the Spot market, the cheapest zone first. */
function zonesInTurn(draft: Draft, network: Network | undefined, { prices }: QuestionSources): string[] {
  const { name } = chosenType(draft);
  const zones = zonesWithin(network, draft.catalogue.zonesOf(name));
  return chosenMarket(draft) === "spot" ? bySpotPrice(name, zones, prices).map(({ zone }) => zone) : [...zones];
}

/** A one-time Spot machine cannot be stopped. */
function atShutdown(draft: Draft): LaunchSpec["atShutdown"] {
  return chosenMarket(draft) === "spot" || draft.answers[QUESTION.atMaxHours] === "delete" ? "terminate" : "stop";
}

async function ownTags(
  draft: Draft,
  operationId: string,
  { offer, clock }: QuestionSources & Pick<ProvisioningDependencies, "clock">,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const maxHours = chosenMaxHours(draft);
  return {
    [TAG.owner]: await offer.caller(signal),
    [TAG.operation]: operationId,
    [TAG.extension]: EXTENSION_NAME,
    [TAG.createdAt]: new Date(clock()).toISOString(),
    [TAG.sshUser]: chosenSystem(draft).user,
    ...(maxHours === undefined ? {} : { [TAG.maxHours]: String(maxHours) }),
  };
}

async function sshFrom(draft: Draft, { callerAddress }: QuestionSources, signal: AbortSignal): Promise<string> {
  const answered = draft.answers[QUESTION.sshFrom]?.trim();
  const range = addressRange(answered ?? (await callerAddress(signal)));
  if (range !== undefined) return range;
  throw new GpuDevError(
    "configuration",
    sentence("The machine cannot be made: the address from which you reach the internet is not known."),
  );
}

function userData(draft: Draft): string {
  const maxHours = chosenMaxHours(draft);
  const script = userDataScript({
    nvidiaDriver: isNvidia(chosenType(draft).gpu),
    hibernation: chosenHibernation(draft),
    ...(maxHours === undefined ? {} : { maxHours }),
  });
  return Buffer.from(script).toString("base64");
}
