import type { Option } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import type { Market, PriceBook } from "../priceBook.ts";
import { chosenType, QUESTION, type Draft } from "./draft.ts";
import { listPrice } from "./gpuQuestion.ts";
import type { GpuType } from "./gpuType.ts";
import { perHour, savingPercent } from "./money.ts";
import { unavailable, type JudgedOption, type JudgedQuestion, type QuestionSources } from "./questionSources.ts";
import { quotaText, shortage } from "./quotaText.ts";
import { bySpotPrice, type SpotZone } from "./spotZones.ts";

const MARKETS: readonly Market[] = ["on-demand", "spot"];

/** On-demand, or Spot with its price at the moment. */
export async function marketQuestion(
  draft: Draft,
  sources: QuestionSources,
  signal: AbortSignal,
): Promise<JudgedQuestion> {
  const type = chosenType(draft);
  const { offer, prices, region } = sources;
  await prices.warm(
    MARKETS.map((market) => ({ instanceType: type.name, market })),
    signal,
  );
  const zones = bySpotPrice(type.name, draft.catalogue.zonesOf(type.name), prices);
  const options: JudgedOption[] = [];
  for (const market of MARKETS) {
    const quota = await offer.quota(type.name, market, signal);
    options.push({
      value: market,
      ...(market === "spot" ? spotText(type, zones, prices) : onDemandText(type, prices)),
      detail: sentence("Limit: {0}", quotaText(quota, type)),
      ...unavailable("quota", shortage(quota, type, region)),
      ...unavailable("unsupported", type.markets.includes(market) ? undefined : notSold(type, region)),
    });
  }
  return {
    kind: "choice",
    id: QUESTION.market,
    title: sentence("How it is bought"),
    none: sentence("{0} cannot be bought at the moment.", type.name),
    options,
  };
}

function notSold({ name }: GpuType, region: string): Sentence {
  return sentence("AWS does not sell {0} in this way in {1}.", name, region);
}

function onDemandText(type: GpuType, prices: PriceBook): Pick<Option, "label" | "description"> {
  return { label: sentence("On-demand"), description: perHour(listPrice(type, prices)) };
}

function spotText(
  type: GpuType,
  [cheapest]: readonly SpotZone[],
  prices: PriceBook,
): Pick<Option, "label" | "description"> {
  const label = sentence("Spot: AWS may take it back at any moment");
  if (!cheapest?.price) return { label, description: perHour(undefined) };
  const saving = savingPercent(cheapest.price, listPrice(type, prices));
  const price = perHour(cheapest.price);
  return {
    label,
    description:
      saving === undefined
        ? sentence("{0} in {1}", price, cheapest.zone)
        : sentence("{0} in {1}, {2} % less than on-demand", price, cheapest.zone, saving),
  };
}
