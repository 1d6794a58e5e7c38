import { sentence } from "../../../core/sentence.ts";
import { chosenType, QUESTION, type Draft } from "./draft.ts";
import { zonesWithin, type Network } from "./networks.ts";
import { unavailable, type JudgedOption, type JudgedQuestion, type QuestionSources } from "./questionSources.ts";

/** Asked only where the account has no default network that reaches a zone with the type. */
export async function networkQuestion(
  draft: Draft,
  { offer, region }: Pick<QuestionSources, "offer" | "region">,
  signal: AbortSignal,
): Promise<JudgedQuestion | undefined> {
  const networks = await offer.networks(signal);
  if (!networks || usualNetwork(draft, networks)) return undefined;
  return {
    kind: "choice",
    id: QUESTION.network,
    title: sentence("Network"),
    none: sentence("The account has no network in {0}. Make a VPC with a public subnet first.", region),
    options: networks.map((network) => networkOption(draft, network)),
  };
}

function networkOption(draft: Draft, network: Network): JudgedOption {
  const { name } = chosenType(draft);
  const zones = zonesOf(draft, network);
  const refusal =
    network.subnets.size === 0
      ? sentence("None of its subnets gives machines a public address.")
      : sentence("No public subnet of it is in a zone with {0}.", name);
  return {
    value: network.vpcId,
    label: network.vpcId,
    description: sentence("Zones: {0}", zones.join(", ")),
    ...unavailable("configuration", zones.length === 0 ? refusal : undefined),
  };
}

function zonesOf(draft: Draft, network: Network): readonly string[] {
  return zonesWithin(network, draft.catalogue.zonesOf(chosenType(draft).name));
}

function usualNetwork(draft: Draft, networks: readonly Network[]): Network | undefined {
  return networks.find((network) => network.isDefault && zonesOf(draft, network).length > 0);
}

/** Undefined where networks are not known: AWS takes the default one then. */
export async function chosenNetwork(
  draft: Draft,
  { offer }: Pick<QuestionSources, "offer">,
  signal: AbortSignal,
): Promise<Network | undefined> {
  const networks = (await offer.networks(signal)) ?? [];
  const answer = draft.answers[QUESTION.network];
  return networks.find(({ vpcId }) => vpcId === answer) ?? usualNetwork(draft, networks);
}
