import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { noteAttempts } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const ID = `${manifest.publisher}.${manifest.name}`;

/** Whether the file is understood, by a name for it. */
const CONTENTS: readonly (readonly [string, string | Buffer, "kept" | "set aside"])[] = [
  ["is cut off", '{"version":1,"seen":[{"environ', "set aside"],
  ["is binary", Buffer.from([0xff, 0xfe, 0, 1, 2, 3]), "set aside"],
  ["is of a future version", JSON.stringify({ version: 99, seen: {}, acknowledged: [] }), "set aside"],
  ["is of no version", JSON.stringify({ hosts: ["trainer"] }), "set aside"],
  ["has 9 MB", `{"version":1,"seen":[],"acknowledged":["${"x".repeat(9_000_000)}"]}`, "set aside"],
  [
    "remembers GPUs",
    JSON.stringify({
      version: 1,
      seen: [{ environmentId: "ssh/config/trainer", spec: { model: "H100", count: 6 }, seenAt: 1_760_000_000_000 }],
      acknowledged: [],
    }),
    "kept",
  ],
];

describe("a person whose stored state", () => {
  let visit: Visit;
  let folder: string;
  const stateFile = (): string => path.join(folder, "state.json");
  const badCopies = async (): Promise<readonly string[]> =>
    (await readdir(folder)).filter((name) => name.startsWith("state.json.bad-"));

  beforeAll(async () => {
    visit = await startVisit({
      prepare: async ({ server }) => {
        folder = path.join(server.userData, "User/globalStorage", ID);
        await mkdir(folder, { recursive: true });
      },
    });
  });

  afterAll(async () => {
    await visit.stop();
  });

  it.each(CONTENTS)("%s sees the machines all the same", async (name, content, fate) => {
    noteAttempts(() => visit, name);
    const { page } = visit;
    // No window, no writer.
    await page.goto("about:blank");
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(stateFile(), content);
    await page.goto(`${visit.server.url}/?folder=${encodeURIComponent(visit.server.workspace)}`);
    await ui.openContainer(page, "GPU Environments");
    await ui
      .treeRow(page, /^trainer/)
      .filter({ hasText: /8×H100 · \d+ %/ })
      .waitFor({ timeout: WAIT_MS });
    const copies = await badCopies();
    expect(copies).toHaveLength(fate === "kept" ? 0 : 1);
    for (const copy of copies)
      expect((await readFile(path.join(folder, copy))).equals(Buffer.from(content))).toBe(true);
    await expect
      .poll(async () => JSON.parse(await readFile(stateFile(), "utf8")) as unknown, { timeout: WAIT_MS })
      .toMatchObject({ version: 1 });
  });
});
