import { describe, expect, it } from "vitest";
import { parseScopes } from "../../../../src/providers/aws/scopes.ts";

function parse(...accounts: unknown[]): { readonly keys: readonly string[]; readonly log: readonly string[] } {
  const log: string[] = [];
  const scopes = parseScopes(accounts, (line) => void log.push(line));
  return { keys: scopes.map(({ profile, region }) => `${profile}/${region}`), log };
}

describe("the setting of accounts", () => {
  it("gives one scope for each region of each account, in its order and without duplicates", () => {
    const { keys, log } = parse(
      { profile: "work", regions: ["eu-central-1", "us-east-1"] },
      { profile: "work", regions: ["us-east-1"], name: "again" },
      { profile: "other", regions: ["us-gov-west-1", "ap-southeast-2"] },
    );
    expect(keys).toEqual(["work/eu-central-1", "work/us-east-1", "other/us-gov-west-1", "other/ap-southeast-2"]);
    expect(log).toEqual([]);
  });

  it("takes an empty profile for the default chain", () => {
    expect(parse({ profile: "", regions: ["eu-west-1"] }, { profile: "default", regions: ["eu-west-1"] }).keys).toEqual(
      ["default/eu-west-1"],
    );
  });

  it("keeps how machines are reached", () => {
    const ssh = { user: "jane", port: 2222, identityFile: "~/.ssh/aws", address: "private" };
    const [scope] = parseScopes([{ profile: "work", regions: ["eu-west-1"], ssh }], () => undefined);
    expect(scope?.ssh).toEqual(ssh);
  });

  it.each([
    ["no object", "work"],
    ["nothing", null],
    ["undefined", undefined],
    ["no regions", { profile: "work", regions: [] }],
    ["an unknown member", { profile: "work", regions: ["eu-west-1"], endpoint: "http://evil" }],
    ["a profile with a line break", { profile: "work]\n[x", regions: ["eu-west-1"] }],
    ["a profile that passes for an option", { profile: "--debug", regions: ["eu-west-1"] }],
    ["a user with a space", { profile: "work", regions: ["eu-west-1"], ssh: { user: "a b" } }],
    ["a port beyond all", { profile: "work", regions: ["eu-west-1"], ssh: { port: 70_000 } }],
    [
      "a file with a line break",
      { profile: "work", regions: ["eu-west-1"], ssh: { identityFile: "a\nProxyCommand x" } },
    ],
  ])("leaves out an entry that is %s, and says so", (_what, entry) => {
    const { keys, log } = parse(entry, { profile: "good", regions: ["eu-west-1"] });
    expect(keys).toEqual(["good/eu-west-1"]);
    expect(log).toHaveLength(1);
  });

  it.each(["eu-west", "EU-WEST-1", "eu-west-1.evil.example", "eu-west-1/../x", "", 7, null])(
    "leaves out the region %s, and says so",
    (region) => {
      const { keys, log } = parse({ profile: "work", regions: [region, "eu-west-1"] });
      expect(keys).toEqual(["work/eu-west-1"]);
      expect(log).toHaveLength(1);
    },
  );
});
