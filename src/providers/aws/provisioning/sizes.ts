import type { Option } from "../../../core/provisioning.ts";
import { sentence } from "../../../core/sentence.ts";
import { gpuLabel, listPrice, sortedByPrice } from "./gpuQuestion.ts";
import type { GpuType } from "./gpuType.ts";
import { perHour } from "./money.ts";
import { gibibytes, type QuestionSources } from "./questionSources.ts";

/** A machine as its other sizes depend on it. */
export interface SizedMachine {
  readonly instanceType: string;
  readonly zone: string;
}

/**
 * The other types with GPUs in which a stopped machine could be started: of the processor that its disk was made for,
 * and offered in the zone where its disk is. Cheapest first.
 */
export async function sizesFor(
  { instanceType, zone }: SizedMachine,
  { offer, prices }: Pick<QuestionSources, "offer" | "prices">,
  signal: AbortSignal,
): Promise<readonly Option[]> {
  const { types, zonesOf } = await offer.catalogue(signal);
  const present = types.find(({ name }) => name === instanceType);
  const fitting = types.filter(
    ({ name, architecture }) =>
      name !== instanceType && architecture === present?.architecture && zonesOf(name).includes(zone),
  );
  await prices.warm(
    fitting.map(({ name }) => ({ instanceType: name, market: "on-demand" })),
    signal,
  );
  return sortedByPrice(fitting, prices).map((type) => toOption(type, perHour(listPrice(type, prices))));
}

function toOption({ name, gpu, vCpus, memoryMiB }: GpuType, price: ReturnType<typeof perHour>): Option {
  return {
    value: name,
    label: name,
    description: gpuLabel(gpu),
    detail: sentence("{0} vCPUs, {1} GiB · {2}", vCpus, gibibytes(memoryMiB), price),
  };
}
