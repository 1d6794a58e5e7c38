import { describe, expect, it } from "vitest";
import { Emitter } from "../../../../src/core/event.ts";
import type { Environment } from "../../../../src/core/environment.ts";
import type { EnvironmentProvider } from "../../../../src/core/provider.ts";
import { createSshProvider } from "../../../../src/providers/ssh/sshProvider.ts";
import { safeAlias } from "../../../../src/remote/include/alias.ts";

const { signal } = new AbortController();

interface Setting {
  entries: readonly unknown[];
}

function providerOf(setting: Setting, log: string[] = []): EnvironmentProvider {
  return createSshProvider({
    configHosts: () => Promise.resolve([]),
    settingsHosts: () => structuredClone(setting.entries), // another list each time, as the settings give it
    safeAlias,
    onDidChange: new Emitter<undefined>().event,
    log: (line) => log.push(line),
  });
}

async function list(provider: EnvironmentProvider): Promise<readonly Environment[]> {
  const environments: Environment[] = [];
  for await (const page of provider.list(signal)) environments.push(...page);
  return environments;
}

describe("the hosts of the setting", () => {
  it("that are none are reported once for each change of the setting, however often hosts are connected", async () => {
    const setting: Setting = { entries: ["jane@10.0.0.1", "-oProxyCommand=x"] };
    const log: string[] = [];
    const provider = providerOf(setting, log);
    const [[environment]] = await Promise.all([list(provider), list(provider)]);
    if (!environment) throw new Error("No host is listed.");
    for (let time = 0; time < 3; time += 1) await provider.connection(environment, signal);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain("-oProxyCommand=x");
    setting.entries = [...setting.entries, { hostName: "no name" }];
    await list(provider);
    await list(provider);
    expect(log).toHaveLength(3);
  });

  it("are read anew after each change", async () => {
    const setting: Setting = { entries: [] };
    const provider = providerOf(setting);
    expect(await list(provider)).toEqual([]);
    setting.entries = ["jane@10.0.0.1"];
    const [environment] = await list(provider);
    if (!environment) throw new Error("No host is listed.");
    expect(await provider.connection(environment, signal)).toMatchObject({ entry: { hostName: "10.0.0.1" } });
    setting.entries = [];
    await expect(provider.connection(environment, signal)).rejects.toMatchObject({ code: "configuration" });
  });
});
