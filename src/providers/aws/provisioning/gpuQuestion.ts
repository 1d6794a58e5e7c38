import type { GpuSpec, Price } from "../../../core/environment.ts";
import type { Option, Question } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import type { PriceBook } from "../priceBook.ts";
import type { Catalogue } from "./catalogue.ts";
import { QUESTION, type Draft } from "./draft.ts";
import { gpuKey, type GpuType } from "./gpuType.ts";
import { perHour } from "./money.ts";
import { gibibytes, type QuestionSources } from "./questionSources.ts";

/** Which GPUs: one option for each kind and number that the region has, the least memory first. */
export function gpuQuestion({ catalogue }: Draft, { prices, region }: QuestionSources): Question {
  const kinds = [...Map.groupBy(catalogue.types, ({ gpu }) => gpuKey(gpu)).values()];
  return {
    kind: "choice",
    id: QUESTION.gpu,
    title: sentence("GPUs"),
    none: sentence("AWS offers no machines with GPUs in {0}.", region),
    options: kinds
      .sort((a, b) => totalMemory(a) - totalMemory(b))
      .flatMap((types) => gpuOption(types, catalogue, prices) ?? []),
  };
}

function totalMemory([type]: readonly GpuType[]): number {
  return type ? type.gpu.count * (type.gpu.memoryMiBPerGpu ?? 0) : 0;
}

function gpuOption(types: readonly GpuType[], catalogue: Catalogue, prices: PriceBook): Option | undefined {
  const [first] = types;
  if (!first) return undefined;
  const { gpu } = first;
  const offered = sortedByPrice(
    types.filter(({ name }) => catalogue.zonesOf(name).length > 0),
    prices,
  );
  return {
    value: gpuKey(gpu),
    label: gpuLabel(gpu),
    ...(gpu.memoryMiBPerGpu === undefined
      ? {}
      : { description: sentence("{0} GiB each", gibibytes(gpu.memoryMiBPerGpu)) }),
    ...typesText(offered, prices),
  };
}

function typesText([cheapest, ...others]: readonly GpuType[], prices: PriceBook): Partial<Option> {
  if (!cheapest) return { unavailable: sentence("No zone offers it at the moment.") };
  const price = perHour(listPrice(cheapest, prices));
  return {
    detail:
      others.length === 0
        ? sentence("{0}: {1}", cheapest.name, price)
        : sentence("{0}: {1}; further types: {2}", cheapest.name, price, others.length),
  };
}

export function gpuLabel({ model, count }: GpuSpec): Sentence {
  return sentence("{0}× {1}", count, model);
}

/** The cheapest first; those of unknown price at the end, the smaller ones first. */
export function sortedByPrice(types: readonly GpuType[], prices: PriceBook): readonly GpuType[] {
  const rank = (type: GpuType): number => listPrice(type, prices)?.perHour ?? Number.MAX_VALUE;
  return [...types].sort((a, b) => rank(a) - rank(b) || a.vCpus - b.vCpus);
}

export function listPrice({ name }: GpuType, prices: PriceBook): Price | undefined {
  return prices.price({ instanceType: name, market: "on-demand" });
}
