import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseSettingsHost } from "../../../../src/providers/ssh/settingsHosts.ts";

describe("an entry of gpuDev.ssh.hosts", () => {
  it.each([
    ["box", { name: "box", hostName: "box" }],
    [
      "me@box.example.com:2222",
      { name: "me@box.example.com:2222", hostName: "box.example.com", port: 2222, user: "me" },
    ],
    ["10.0.0.7:22", { name: "10.0.0.7:22", hostName: "10.0.0.7", port: 22 }],
    ["root@[fe80::1]:2200", { name: "root@[fe80::1]:2200", hostName: "fe80::1", port: 2200, user: "root" }],
    ["::1", { name: "::1", hostName: "::1" }],
    [
      String.raw`CORP\jane@box:22`,
      { name: String.raw`CORP\jane@box:22`, hostName: "box", port: 22, user: String.raw`CORP\jane` },
    ],
    [
      "jane@corp.example.com@box",
      { name: "jane@corp.example.com@box", hostName: "box", user: "jane@corp.example.com" },
    ],
  ])("is read as people write it: %s", (text, host) => {
    expect(parseSettingsHost(text)).toEqual(host);
    expect(text).toMatch(schemaPattern());
  });

  it.each([String.raw`CORP\jane`, "jane@corp.example.com", "svc$", "4711"])("may name the account %s", (user) => {
    expect(parseSettingsHost({ name: "x", hostName: "box", user })).toMatchObject({ user });
  });

  it.each(["-l", "CORP\\\\jane", "CORP\\", "CORP\\a\\b", "a b", "%h", "${HOME}", 'a"', "@x"])(
    "does not name the account %s",
    (user) => {
      expect(parseSettingsHost({ name: "x", hostName: "box", user })).toBeUndefined();
      expect(parseSettingsHost(`${user}@box`)).toBeUndefined();
      expect(`${user}@box`).not.toMatch(schemaPattern());
    },
  );

  it("may be an object with a name of its own", () => {
    const host = { name: "Trainer", hostName: "10.0.0.7", identityFile: "~/.ssh/id ed25519", proxyJump: "me@jump:22" };
    expect(parseSettingsHost(host)).toEqual(host);
  });

  it.each([
    "-oProxyCommand=touch x",
    "a b",
    "box;touch x",
    "$(id)@box",
    "box:99999",
    "me@",
    "a\nProxyCommand x",
    { name: "x", hostName: "-oProxyCommand=x" },
    { name: "x", hostName: "box", user: "-l" },
    { name: "x", hostName: "box", proxyJump: "-oProxyCommand=x" },
    { name: "x", hostName: "box", identityFile: 'a"\nProxyCommand x' },
    { name: "x", hostName: "box", proxyCommand: "touch x" },
    { hostName: "box" },
    17,
    null,
  ])("is refused when it is not a host: %j", (entry) => {
    expect(parseSettingsHost(entry)).toBeUndefined();
  });
});

/** What the settings editor accepts. */
function schemaPattern(): RegExp {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as {
    contributes: { configuration: { properties: Record<string, { items: { anyOf: [{ pattern: string }] } }> } };
  };
  return new RegExp(contributes.configuration.properties["gpuDev.ssh.hosts"]?.items.anyOf[0].pattern ?? "(?!)");
}
