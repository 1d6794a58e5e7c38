// Answers of the Price List API: each product is a JSON text of which nothing can be taken for granted.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
import * as v from "valibot";
import { parseAmount } from "./amount.ts";

/** Longer texts are not read: a product of EC2 takes 5 kB. */
const MAX_PRODUCT_LENGTH = 200_000;

const product = v.object({
  product: v.object({ attributes: v.record(v.string(), v.unknown()) }),
  terms: v.object({
    OnDemand: v.record(
      v.string(),
      v.object({
        priceDimensions: v.record(
          v.string(),
          v.object({
            unit: v.string(),
            beginRange: v.optional(v.string()),
            pricePerUnit: v.record(v.string(), v.unknown()),
          }),
        ),
      }),
    ),
  }),
});

type Product = v.InferOutput<typeof product>;

/** What a machine's product must say of itself, whatever filters the question had. */
const MACHINE = {
  operatingSystem: "Linux",
  tenancy: "Shared",
  preInstalledSw: "NA",
  capacitystatus: "Used",
  marketoption: "OnDemand",
} as const;

/**
 * US dollars an hour of a type, by the products of an answer. Undefined where none of them is its plain on-demand
 * price, or where they contradict each other.
 */
export function instancePrice(products: readonly unknown[], region: string, instanceType: string): number | undefined {
  const wanted = { ...MACHINE, instanceType, regionCode: region };
  return onlyOne(products.flatMap((text) => pricesOf(text, wanted, "Hrs")));
}

/** US dollars a GiB for a month, by type of volume, for those whose price is one plain number. */
export function storagePrices(
  products: readonly unknown[],
  region: string,
  volumeTypes: readonly string[],
): ReadonlyMap<string, number> {
  return new Map(
    volumeTypes.flatMap((volumeType) => {
      const wanted = { volumeApiName: volumeType, regionCode: region };
      const price = onlyOne(products.flatMap((text) => pricesOf(text, wanted, "GB-Mo")));
      return price === undefined ? [] : [[volumeType, price] as const];
    }),
  );
}

function pricesOf(text: unknown, wanted: Readonly<Record<string, string>>, unit: string): readonly number[] {
  const parsed = parseProduct(text);
  if (!parsed) return [];
  const { attributes } = parsed.product;
  // An attribute that a product lacks says nothing against it: the question was filtered by it.
  const differs = Object.entries(wanted).some(
    ([name, value]) => Object.hasOwn(attributes, name) && attributes[name] !== value,
  );
  return differs ? [] : amountsOf(parsed, unit);
}

function amountsOf({ terms }: Product, unit: string): readonly number[] {
  return Object.values(terms.OnDemand)
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
    .filter((dimension) => dimension.unit === unit && (dimension.beginRange ?? "0") === "0")
    .flatMap(({ pricePerUnit }) => parseAmount(pricePerUnit["USD"]) ?? []);
}

function parseProduct(text: unknown): Product | undefined {
  // The SDK hands the text on as an object of class String.
  const json = typeof text === "string" || text instanceof String ? text.toString() : "";
  if (json === "" || json.length > MAX_PRODUCT_LENGTH) return undefined;
  try {
    const parsed = v.safeParse(product, JSON.parse(json));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined; // one that cannot be read is as good as none
  }
}

/** Two that differ are no price: which of them is paid, the product alone does not tell. */
function onlyOne(amounts: readonly number[]): number | undefined {
  const [amount, ...others] = new Set(amounts);
  return others.length > 0 ? undefined : amount;
}
