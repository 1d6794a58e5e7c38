export interface RegionFacts {
  readonly name: string;
  /** As the price list calls it. */
  readonly location: string;
  /** Before the number of a zone's id, which is the same for every account. */
  readonly zoneIdPrefix: string;
  /** The letters of its zones. */
  readonly zones: string;
  /** Of usage types in the price list; the first region has none. */
  readonly usagePrefix: string;
  /** Such a region refuses every key until the account has opted in. */
  readonly optIn: boolean;
}

const row = (name: string, location: string, codes: string, optIn = false): RegionFacts => {
  const [zoneIdPrefix = "", zones = "", usagePrefix = ""] = codes.split(" ");
  return { name, location, zoneIdPrefix, zones, usagePrefix, optIn };
};

/** Some of the real ones. Zones of a name are mapped to ids per account by AWS; here both are in order. */
export const REGIONS: readonly RegionFacts[] = [
  row("us-east-1", "US East (N. Virginia)", "use1 abcdef"),
  row("us-east-2", "US East (Ohio)", "use2 abc USE2-"),
  row("us-west-1", "US West (N. California)", "usw1 ac USW1-"),
  row("us-west-2", "US West (Oregon)", "usw2 abcd USW2-"),
  row("ca-central-1", "Canada (Central)", "cac1 abd CAN1-"),
  row("eu-west-1", "EU (Ireland)", "euw1 abc EU-"),
  row("eu-west-2", "EU (London)", "euw2 abc EUW2-"),
  row("eu-west-3", "EU (Paris)", "euw3 abc EUW3-"),
  row("eu-central-1", "EU (Frankfurt)", "euc1 abc EUC1-"),
  row("eu-north-1", "EU (Stockholm)", "eun1 abc EUN1-"),
  row("ap-south-1", "Asia Pacific (Mumbai)", "aps1 abc APS3-"),
  row("ap-northeast-1", "Asia Pacific (Tokyo)", "apne1 acd APN1-"),
  row("ap-northeast-2", "Asia Pacific (Seoul)", "apne2 abcd APN2-"),
  row("ap-southeast-1", "Asia Pacific (Singapore)", "apse1 abc APS1-"),
  row("ap-southeast-2", "Asia Pacific (Sydney)", "apse2 abc APS2-"),
  row("sa-east-1", "South America (Sao Paulo)", "sae1 abc SAE1-"),
  row("af-south-1", "Africa (Cape Town)", "afs1 abc AFS1-", true),
  row("eu-south-1", "EU (Milan)", "eus1 abc EUS1-", true),
  row("me-south-1", "Middle East (Bahrain)", "mes1 abc MES1-", true),
];

export function regionFacts(name: string): RegionFacts | undefined {
  return REGIONS.find((region) => region.name === name);
}

export function zoneNames({ name, zones }: RegionFacts): readonly string[] {
  return Array.from(zones, (letter) => `${name}${letter}`);
}

export function zoneId(region: RegionFacts, zone: string): string {
  return `${region.zoneIdPrefix}-az${zoneNames(region).indexOf(zone) + 1}`;
}
