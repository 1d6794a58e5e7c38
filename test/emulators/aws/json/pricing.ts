import { createHash } from "node:crypto";
import { AwsError } from "../awsError.ts";
import { INSTANCE_TYPES, isOfferedIn, type InstanceType } from "../data/instanceTypes.ts";
import { onDemandPrice } from "../data/prices.ts";
import { REGIONS, type RegionFacts } from "../data/regions.ts";
import { objectList, pageOfList, requiredText, text, type JsonAction, type JsonCall } from "./call.ts";

/** What the emulator can do of the price list. */
export const PRICING_ACTIONS: Readonly<Record<string, JsonAction>> = { GetProducts: getProducts };

/** https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
const ENDPOINTS = ["us-east-1", "eu-central-1", "ap-south-1"];

type Attributes = Readonly<Record<string, string>>;

/** Beside the price that is meant, those that an incomplete filter finds too. */
const VARIANTS: readonly { readonly attributes: Attributes; readonly factor: number }[] = [
  { attributes: {}, factor: 1 },
  { attributes: { capacitystatus: "UnusedCapacityReservation" }, factor: 1 },
  { attributes: { capacitystatus: "AllocatedCapacityReservation" }, factor: 0 },
  { attributes: { tenancy: "Dedicated" }, factor: 1.06 },
  { attributes: { preInstalledSw: "SQL Std" }, factor: 2.5 },
  { attributes: { operatingSystem: "Windows", licenseModel: "No License required" }, factor: 1.8 },
];

function getProducts({ region, parameters }: JsonCall): object {
  if (!ENDPOINTS.includes(region.facts.name))
    throw new AwsError("InvalidSignatureException", "Credential should be scoped to a valid region.");
  const service = requiredText(parameters, "ServiceCode");
  if (service !== "AmazonEC2") throw new AwsError("NotFoundException", `There is no service ${service}.`);
  const wanted = wantedValues(parameters);
  const { items, more } = pageOfList(parameters, products(wanted), 100);
  return { FormatVersion: "aws_v1", PriceList: items.map((product) => JSON.stringify(product)), ...more };
}

/** Field and value, all of which have to match. */
function wantedValues(parameters: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(
    objectList(parameters, "Filters").map((filter) => {
      if (filter["Type"] !== "TERM_MATCH")
        throw new AwsError("InvalidParameterException", "The emulator knows TERM_MATCH.");
      return [text(filter, "Field") ?? "", text(filter, "Value") ?? ""];
    }),
  );
}

function products(wanted: ReadonlyMap<string, string>): readonly object[] {
  const regions = REGIONS.filter(({ name }) => name === (wanted.get("regionCode") ?? name));
  if (wanted.get("productFamily") === "Storage") return regions.flatMap((region) => volumes(region, wanted));
  const types = INSTANCE_TYPES.filter(({ name }) => name === (wanted.get("instanceType") ?? name));
  return regions.flatMap((region) =>
    types
      .filter((type) => isOfferedIn(type, region.name))
      .flatMap((type) =>
        VARIANTS.flatMap(({ attributes, factor }) => {
          const all = { ...attributesOf(type, region), ...attributes };
          const price = (onDemandPrice(type.name, region.name) ?? 0) * factor;
          return matches(all, wanted) ? [product(all, price)] : [];
        }),
      ),
  );
}

function matches(attributes: Attributes, wanted: ReadonlyMap<string, string>): boolean {
  return [...wanted].every(([field, value]) => attributes[field] === value);
}

function attributesOf(type: InstanceType, region: RegionFacts): Attributes {
  return {
    servicecode: "AmazonEC2",
    servicename: "Amazon Elastic Compute Cloud",
    instanceType: type.name,
    currentGeneration: type.currentGeneration ? "Yes" : "No",
    instanceFamily: type.gpu ? "GPU instance" : "General purpose",
    vcpu: String(type.vCpus),
    memory: `${type.memoryMiB / 1024} GiB`,
    ...(type.gpu ? { gpu: String(type.gpu.count) } : {}),
    location: region.location,
    locationType: "AWS Region",
    regionCode: region.name,
    operatingSystem: "Linux",
    licenseModel: "No License required",
    preInstalledSw: "NA",
    tenancy: "Shared",
    capacitystatus: "Used",
    marketoption: "OnDemand",
    operation: "RunInstances",
    usagetype: `${region.usagePrefix}BoxUsage:${type.name}`,
  };
}

/** US dollars a GB for a month in us-east-1: https://aws.amazon.com/ebs/pricing/ */
const VOLUME_PRICES = { gp3: 0.08, gp2: 0.1 } as const;

function volumes(region: RegionFacts, wanted: ReadonlyMap<string, string>): readonly object[] {
  return Object.entries(VOLUME_PRICES).flatMap(([volumeApiName, price]) => {
    const attributes = { productFamily: "Storage", volumeApiName, regionCode: region.name, location: region.location };
    return matches(attributes, wanted) ? [product(attributes, price, { unit: "GB-Mo", productFamily: "Storage" })] : [];
  });
}

const COMPUTE = { unit: "Hrs", productFamily: "Compute Instance" };

function product(attributes: Attributes, price: number, { unit, productFamily } = COMPUTE): object {
  const sku = createHash("sha256").update(JSON.stringify(attributes)).digest("hex").slice(0, 16).toUpperCase();
  // The codes of an on-demand offer and of its rate are the same for every product.
  const term = `${sku}.JRTCKXETXF`;
  const rate = `${term}.6YS6EN2CT7`;
  const dimension = {
    unit,
    beginRange: "0",
    endRange: "Inf",
    description: `$${price} per hour of ${attributes["instanceType"] ?? ""}`,
    appliesTo: [],
    rateCode: rate,
    pricePerUnit: { USD: price.toFixed(10) },
  };
  const offer = {
    sku,
    offerTermCode: "JRTCKXETXF",
    effectiveDate: "2026-10-01T00:00:00Z",
    termAttributes: {},
    priceDimensions: { [rate]: dimension },
  };
  return {
    product: { sku, productFamily, attributes },
    serviceCode: "AmazonEC2",
    terms: { OnDemand: { [term]: offer } },
    version: "20261001000000",
    publicationDate: "2026-10-01T00:00:00Z",
  };
}
