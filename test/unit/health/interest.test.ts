import { expect, test } from "vitest";
import { Holders } from "../../../src/health/interest.ts";

test("the strongest interest of all holders wins, until its holder lets go", () => {
  const seen: (string | undefined)[] = [];
  const holders: Holders = new Holders(() => seen.push(holders.strongest));
  const glance = holders.add("glance");
  const panel = holders.add("detail");
  const row = holders.add("stream");
  panel.dispose();
  panel.dispose();
  row.dispose();
  glance.dispose();
  expect(seen).toEqual(["glance", "detail", "detail", "stream", "glance", undefined]);
});
