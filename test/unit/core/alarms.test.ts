import { describe, expect, it } from "vitest";
import { Alarms } from "../../../src/core/alarms.ts";
import type { Environment } from "../../../src/core/environment.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { anEnvironment } from "../../fakes/environment.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const well = (id: string): Environment => anEnvironment({ id, name: id });
const stuck = (id: string): Environment => ({ ...well(id), alarm: { text: sentence("It is stuck.") } });

async function raised(...lists: readonly (readonly Environment[] | Error)[]): Promise<readonly string[]> {
  const provider = createFakeProvider("p");
  const inventory = new Inventory([provider], Date.now);
  const alarms = new Alarms(inventory);
  const heard: string[] = [];
  alarms.onDidRaise((environments) => heard.push(environments.map(({ id }) => id).join(" ")));
  for (const list of lists) {
    provider.pages = [list];
    await inventory.refresh("p");
  }
  alarms.dispose();
  return heard;
}

describe("an alarm", () => {
  it("is told once for as long as it lasts, those of one answer together", async () => {
    expect(await raised([well("a"), stuck("b")], [well("a"), stuck("b")])).toEqual(["b"]);
    expect(await raised([stuck("a"), stuck("b")], [stuck("a"), stuck("b"), stuck("c")])).toEqual(["a b", "c"]);
    expect(await raised([well("a")])).toEqual([]);
  });

  it("is told again where it was over in between, and not where the machine was only not listed", async () => {
    expect(await raised([stuck("a")], [well("a")], [stuck("a")])).toEqual(["a", "a"]);
    expect(await raised([stuck("a")], [], [stuck("a")])).toEqual(["a"]);
    expect(await raised([stuck("a")], new Error("The cloud is away."), [stuck("a")])).toEqual(["a"]);
  });
});
