import { describe, expect, it } from "vitest";
import { connections } from "../../../src/composition/connections.ts";
import type { SshEntry } from "../../../src/core/connection.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const { signal } = new AbortController();

function connectionOf(entry: SshEntry): Promise<unknown> {
  const provider = {
    ...createFakeProvider("cloud"),
    connection: () => Promise.resolve({ kind: "ssh", alias: "box", entry } as const),
  };
  return connections(new Inventory([provider], Date.now))(
    anEnvironment({ providerId: "cloud", name: "Trainer" }),
    signal,
  );
}

describe("how a provider says that an environment is reached", () => {
  it("is passed on", async () => {
    const entry = { alias: "box", hostName: "10.0.0.1", proxyJump: "gate" };
    expect(await connectionOf(entry)).toEqual({ kind: "ssh", alias: "box", entry });
  });

  it("may be a program, whose words are checked where they are written and where it is started", async () => {
    const entry = { alias: "box", hostName: "box", proxyProgram: ["reach", "box"] } as const;
    expect(await connectionOf(entry)).toEqual({ kind: "ssh", alias: "box", entry });
  });

  it("never brings a command for this machine to run", async () => {
    const refused = connectionOf({ alias: "box", hostName: "10.0.0.1", proxyCommand: "touch /tmp/canary" });
    await expect(refused).rejects.toMatchObject({ code: "configuration" });
    await expect(refused).rejects.toThrow('"Trainer" brings a proxy command');
  });
});
