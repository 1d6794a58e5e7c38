import { sentence, type Sentence } from "../../../core/sentence.ts";
import { QUESTION, type Draft } from "./draft.ts";
import { listPrice, sortedByPrice } from "./gpuQuestion.ts";
import { gpuKey, type GpuType } from "./gpuType.ts";
import { perHour } from "./money.ts";
import {
  gibibytes,
  unavailable,
  type JudgedOption,
  type JudgedQuestion,
  type QuestionSources,
} from "./questionSources.ts";
import type { Quota } from "./quota.ts";
import { quotaText, shortage } from "./quotaText.ts";

/** Which type of those with the chosen GPUs: can I get it, and for how much. */
export async function typeQuestion(
  { answers, catalogue }: Draft,
  sources: QuestionSources,
  signal: AbortSignal,
): Promise<JudgedQuestion> {
  const types = catalogue.types.filter(({ gpu }) => gpuKey(gpu) === answers[QUESTION.gpu]);
  await sources.prices.warm(
    types.map(({ name }) => ({ instanceType: name, market: "on-demand" })),
    signal,
  );
  const options: JudgedOption[] = [];
  for (const type of sortedByPrice(types, sources.prices)) {
    options.push(await typeOption(type, catalogue.zonesOf(type.name), sources, signal));
  }
  return {
    kind: "choice",
    id: QUESTION.instanceType,
    title: sentence("Instance type"),
    none: sentence("No instance type of {0} has these GPUs.", sources.region),
    options,
  };
}

async function typeOption(
  type: GpuType,
  zones: readonly string[],
  { offer, prices, region }: QuestionSources,
  signal: AbortSignal,
): Promise<JudgedOption> {
  const limits = {
    onDemand: await offer.quota(type.name, "on-demand", signal),
    spot: await offer.quota(type.name, "spot", signal),
  };
  const price = perHour(listPrice(type, prices));
  return {
    value: type.name,
    label: type.name,
    description: sentence("{0} vCPUs, {1} GiB · {2}", type.vCpus, gibibytes(type.memoryMiB), price),
    detail: sentence(
      "Zones: {0} · on-demand limit: {1} · Spot limit: {2} · {3}",
      zones.join(", "),
      quotaText(limits.onDemand, type),
      quotaText(limits.spot, type),
      type.canHibernate ? sentence("can hibernate") : sentence("cannot hibernate"),
    ),
    ...unavailable("quota", nothingLeft(type, limits, region)),
    ...unavailable("capacity", zones.length === 0 ? notOffered(region) : undefined),
  };
}

function notOffered(region: string): Sentence {
  return sentence("No zone of {0} offers it at the moment.", region);
}

interface Limits {
  readonly onDemand: Quota;
  readonly spot: Quota;
}

/** The shortage of the first market, where no market has enough left. */
function nothingLeft(type: GpuType, { onDemand, spot }: Limits, region: string): Sentence | undefined {
  if (type.markets.length === 0) return sentence("It is sold neither on-demand nor on the Spot market here.");
  const shortages = type.markets.map((market) => shortage(market === "spot" ? spot : onDemand, type, region));
  return shortages.includes(undefined) ? undefined : shortages[0];
}
