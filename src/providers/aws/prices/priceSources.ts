import type { _InstanceType } from "@aws-sdk/client-ec2";
import type { Filter } from "@aws-sdk/client-pricing";
import { GpuDevError } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import type { AwsClients } from "../client.ts";
import { allPages } from "../provisioning/paging.ts";
import { listOf } from "../untrusted.ts";
import { instancePrice, storagePrices } from "./priceList.ts";
import { newestSpotPrices, type SpotPrice } from "./spotHistory.ts";

/** Where prices are asked for. Each rejects with GpuDevError where the source cannot be read. */
export interface PriceSources {
  /** US dollars an hour, on-demand; undefined where the Price List has none. */
  onDemand(instanceType: string, signal: AbortSignal): Promise<number | undefined>;
  /** US dollars a GiB for a month, by type of volume. */
  storage(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  spot(instanceTypes: readonly string[], signal: AbortSignal): Promise<readonly SpotPrice[]>;
}

/** Types of volumes whose price is one number per GiB; gp3 has speed included that it seldom exceeds. */
export const VOLUME_TYPES: readonly string[] = ["gp3", "gp2"];

const SERVICE = "AmazonEC2";
/** Pages of one question. The filters leave a handful of products; more says that something else answers. */
const MAX_PAGES = 10;
const PAGE_SIZE = 100;

/** The Price List API and the Spot price history, through the clients of a scope. */
export function createPriceSources(clients: AwsClients): PriceSources {
  return {
    onDemand: (instanceType, signal) => onDemandPrice(clients, instanceType, signal),
    storage: (signal) => storagePricesOf(clients, signal),
    spot: (instanceTypes, signal) => spotPrices(clients, instanceTypes, signal),
  };
}

async function onDemandPrice(clients: AwsClients, instanceType: string, signal: AbortSignal) {
  const { region } = clients.scope;
  const products = await productsOf(
    clients,
    {
      instanceType,
      regionCode: region,
      operatingSystem: "Linux",
      tenancy: "Shared",
      preInstalledSw: "NA",
      capacitystatus: "Used",
    },
    signal,
  );
  return instancePrice(products, region, instanceType);
}

async function storagePricesOf(clients: AwsClients, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const { region } = clients.scope;
  const perType = await Promise.all(
    VOLUME_TYPES.map((volumeApiName) =>
      productsOf(clients, { productFamily: "Storage", regionCode: region, volumeApiName }, signal),
    ),
  );
  return storagePrices(perType.flat(), region, VOLUME_TYPES);
}

/** `wanted`: attributes with the value that each must have. */
async function productsOf(clients: AwsClients, wanted: Readonly<Record<string, string>>, signal: AbortSignal) {
  const { region } = clients.scope;
  if (!isInMainPartition(region)) {
    throw new GpuDevError("unsupported", sentence("AWS's Price List is not available for {0}.", region));
  }
  const { GetProductsCommand } = await import("../sdk/pricing.ts");
  const filters = Object.entries(wanted).map(([field, value]): Filter => ({
    Type: "TERM_MATCH",
    Field: field,
    Value: value,
  }));
  const failure = sentence("The prices of {0} could not be read", region);
  const pages = await allPages(MAX_PAGES, (token) => {
    const command = new GetProductsCommand({
      ServiceCode: SERVICE,
      Filters: filters,
      MaxResults: PAGE_SIZE,
      ...token,
    });
    return clients.send(clients.pricing, command, { failure }, signal);
  });
  return pages.flatMap(({ PriceList }) => listOf(PriceList));
}

async function spotPrices(clients: AwsClients, instanceTypes: readonly string[], signal: AbortSignal) {
  const { DescribeSpotPriceHistoryCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The Spot prices of {0} could not be read", clients.scope.region);
  const pages = await allPages(MAX_PAGES, (token) => {
    const command = new DescribeSpotPriceHistoryCommand({
      InstanceTypes: instanceTypes as _InstanceType[], // the SDK's list of names is always older than AWS's
      ProductDescriptions: ["Linux/UNIX"],
      // Without a period before it, the history holds the price of each zone that counts at this moment.
      StartTime: new Date(),
      ...token,
    });
    return clients.send(clients.ec2, command, { failure }, signal);
  });
  return newestSpotPrices(pages.flatMap(({ SpotPriceHistory = [] }) => SpotPriceHistory));
}

/** China, GovCloud and the isolated regions have accounts of their own, which the API of the main partition refuses. */
function isInMainPartition(region: string): boolean {
  return !/^(cn-|us-gov-|us-iso|eu-iso|eusc-)/.test(region);
}
