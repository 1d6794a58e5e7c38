import type { Price } from "../../../core/environment.ts";
import { sentence } from "../../../core/sentence.ts";

/** The day on which the table was true, as far as its authors knew. */
const TRUE_ON = "2025-07-01";

/**
 * On-demand list prices of Linux on shared hardware, US dollars an hour, of one region only: prices differ between
 * regions. Type names by family, size → price.
 * Source: https://aws.amazon.com/ec2/pricing/on-demand/
 */
const LIST_PRICES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "us-east-1": {
    "g4ad.xlarge": 0.37853,
    "g4ad.2xlarge": 0.54117,
    "g4ad.4xlarge": 0.867,
    "g4ad.8xlarge": 1.734,
    "g4ad.16xlarge": 3.468,
    "g4dn.xlarge": 0.526,
    "g4dn.2xlarge": 0.752,
    "g4dn.4xlarge": 1.204,
    "g4dn.8xlarge": 2.176,
    "g4dn.12xlarge": 3.912,
    "g4dn.16xlarge": 4.352,
    "g4dn.metal": 7.824,
    "g5.xlarge": 1.006,
    "g5.2xlarge": 1.212,
    "g5.4xlarge": 1.624,
    "g5.8xlarge": 2.448,
    "g5.12xlarge": 5.672,
    "g5.16xlarge": 4.096,
    "g5.24xlarge": 8.144,
    "g5.48xlarge": 16.288,
    "g6.xlarge": 0.8048,
    "g6.2xlarge": 0.9776,
    "g6.4xlarge": 1.3232,
    "g6.8xlarge": 2.0144,
    "g6.12xlarge": 4.6016,
    "g6.16xlarge": 3.3968,
    "g6.24xlarge": 6.6752,
    "g6.48xlarge": 13.3504,
    "g6e.xlarge": 1.861,
    "g6e.2xlarge": 2.24208,
    "g6e.4xlarge": 3.00424,
    "g6e.8xlarge": 4.52856,
    "g6e.12xlarge": 10.49264,
    "g6e.16xlarge": 7.57719,
    "g6e.24xlarge": 15.06559,
    "g6e.48xlarge": 30.13118,
    "p3.2xlarge": 3.06,
    "p3.8xlarge": 12.24,
    "p3.16xlarge": 24.48,
    "p4d.24xlarge": 21.957642,
    "p5.48xlarge": 55.04,
  },
};

/** What the extension brings along for when the Price List cannot be read. Undefined for any other region or type. */
export function bundledPrice(region: string, instanceType: string): Price | undefined {
  const prices = Object.hasOwn(LIST_PRICES, region) ? LIST_PRICES[region] : undefined;
  const perHour = prices && Object.hasOwn(prices, instanceType) ? prices[instanceType] : undefined;
  if (perHour === undefined) return undefined;
  return {
    perHour,
    currency: "USD",
    source: sentence("bundled list of {0}; may be out of date", TRUE_ON),
    date: TRUE_ON,
  };
}
