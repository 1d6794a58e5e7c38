import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStoredState } from "../../../src/health/storedState.ts";

const H100 = { model: "NVIDIA H100 80GB HBM3", count: 8, memoryMiBPerGpu: 81_559 };
const FUZZED = process.env["GPU_DEV_FAULTS"] === "full" ? 1_000 : 100;

let folder: string;
let file: string;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "gpu-dev-state-"));
  file = path.join(folder, "state.json");
  logged = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

let now = 1_000;
const open = () =>
  openStoredState(
    folder,
    (message) => logged.push(message),
    () => (now += 1),
  );

function badCopies(): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("state.json.bad-"));
}

/** A window closes and another opens after it. */
async function afterReload() {
  const state = await open();
  return { gpus: state.lastSeen("ssh/box"), pinned: state.pinned };
}

const KEPT = { gpus: { spec: H100, seenAt: 5 }, pinned: "ssh/box" };
async function keepSomething(): Promise<void> {
  const state = await open();
  await Promise.all([
    state.update({ kind: "seen", environmentId: "ssh/box", gpus: { spec: H100, seenAt: 5 } }),
    state.update({ kind: "pinned", environmentId: "ssh/box" }),
  ]);
}

async function keepSeen(at: number): Promise<void> {
  const state = await open();
  await state.update({ kind: "seen", environmentId: `ssh/${at}`, gpus: { spec: H100, seenAt: at } });
}

describe("the stored state", () => {
  it("is empty in the first window, and survives a reload", async () => {
    expect(await afterReload()).toEqual({ gpus: undefined, pinned: undefined });
    await keepSomething();
    expect(await afterReload()).toEqual(KEPT);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(logged).toEqual([]);
  });

  it("makes its folder, which a new installation lacks", async () => {
    rmSync(folder, { recursive: true });
    await keepSomething();
    expect(await afterReload()).toEqual(KEPT);
  });

  it("forgets what was taken back", async () => {
    await keepSomething();
    const state = await open();
    await state.update({ kind: "pinned", environmentId: undefined });
    expect(await afterReload()).toEqual({ ...KEPT, pinned: undefined });
  });

  it("holds for its own window before it is on the disk", async () => {
    const state = await open();
    const written = state.update({ kind: "pinned", environmentId: "ssh/box" });
    expect(state.pinned).toBe("ssh/box");
    await written;
  });

  it("merges what several windows change, key by key", async () => {
    const [one, other] = [await open(), await open()];
    const changes = Array.from({ length: 40 }, (_, at) =>
      (at % 2 ? one : other).update({ kind: "seen", environmentId: `ssh/${at}`, gpus: { spec: H100, seenAt: at } }),
    );
    await Promise.all([...changes, one.update({ kind: "pinned", environmentId: "a" })]);
    const reloaded = await open();
    expect(reloaded.pinned).toBe("a");
    for (let at = 0; at < 40; at += 1) expect(reloaded.lastSeen(`ssh/${at}`)?.seenAt).toBe(at);
  });

  it("merges what several processes change", async () => {
    const module = path.resolve("src/health/storedState.ts");
    const script = `import { openStoredState } from ${JSON.stringify(module)};
      const state = await openStoredState(${JSON.stringify(folder)}, () => process.exit(1));
      const gpus = ${JSON.stringify({ spec: H100, seenAt: 5 })};
      const seen = (at) => ({ kind: "seen", environmentId: process.argv[1] + at, gpus });
      for (let at = 0; at < 20; at += 1) await state.update(seen(at));`;
    const run = promisify(execFile);
    const args = (name: string) => ["--input-type=module", "--eval", script, name];
    await Promise.all(["a", "b", "c"].map((name) => run(process.execPath, args(name))));
    const state = await open();
    for (const name of ["a0", "a19", "b0", "b19", "c0", "c19"]) expect(state.lastSeen(name)).toBeDefined();
  });

  it("keeps the latest of more than it has room for", async () => {
    await keepSeen(0);
    const kept = JSON.parse(readFileSync(file, "utf8")) as { readonly seen: readonly object[] };
    const seen = Array.from({ length: 5_000 }, (_, at) => ({
      ...kept.seen[0],
      environmentId: `ssh/${at}`,
      seenAt: at,
    }));
    writeFileSync(file, JSON.stringify({ ...kept, seen }));
    expect((await open()).lastSeen("ssh/4999")?.seenAt).toBe(4_999);
    for (const at of [5_000, 5_001, 5_002]) await keepSeen(at);
    const reloaded = await open();
    expect(reloaded.lastSeen("ssh/2")).toBeUndefined();
    expect(reloaded.lastSeen("ssh/3")?.seenAt).toBe(3);
    expect(reloaded.lastSeen("ssh/5002")?.seenAt).toBe(5_002);
  });

  it("does not let one absurd value make all the others unreadable", async () => {
    await keepSomething();
    const state = await open();
    await state.update({ kind: "pinned", environmentId: "x".repeat(100_000) });
    await state.update({
      kind: "seen",
      environmentId: "ssh/x",
      gpus: { spec: { ...H100, count: Number.NaN }, seenAt: 1 },
    });
    expect(await afterReload()).toEqual(KEPT);
    expect(logged).toEqual([]);
  });
});

describe("a stored state that is not as it was left", () => {
  it.each([
    ["emptied", ""],
    ["cut off", '{"version":1,"seen":[{"environm'],
    ["of a later version", '{"version":2,"seen":[]}'],
    ["of another kind", "[1,2,3]"],
    ["partial", '{"version":1}'],
    [
      "with a reading of no number",
      '{"version":1,"seen":[{"environmentId":"a","seenAt":1e999,"spec":{"model":"x","count":1}}]}',
    ],
    ["huge", `{"version":1,"seen":[],"pinned":["${"x".repeat(9_000_000)}"]}`],
  ])("is begun anew, with a copy of the old file: %s", async (_, content) => {
    writeFileSync(file, content);
    const state = await open();
    expect(state.pinned).toBeUndefined();
    const copies = badCopies();
    expect(copies).toHaveLength(1);
    expect(readFileSync(path.join(folder, copies[0] ?? ""), "utf8")).toBe(content);
    expect(logged).toHaveLength(1);
    await keepSomething();
    expect(await afterReload()).toEqual(KEPT);
    expect(logged).toHaveLength(1);
  });

  it("never throws at start, and is not met again at the next one", async () => {
    const valid = JSON.stringify({
      version: 1,
      seen: [{ environmentId: "a", seenAt: 1, spec: H100 }],
      pinned: "p",
    });
    const mutated = fc
      .tuple(fc.nat(valid.length), fc.nat(30), fc.string({ unit: "binary", maxLength: 10 }))
      .map(([at, removed, added]) => valid.slice(0, at) + added + valid.slice(at + removed));
    const shaped = fc.record({
      version: fc.constant(1),
      seen: fc.anything(),
      pinned: fc.anything(),
    });
    const contents = fc.oneof(
      mutated,
      fc.json(),
      shaped.map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary" }),
    );
    const property = fc.asyncProperty(contents, async (content) => {
      rmSync(file, { force: true });
      writeFileSync(file, content);
      await open();
      const before = logged.length;
      const state = await open();
      expect(logged).toHaveLength(before);
      await state.update({ kind: "pinned", environmentId: "ssh/box" });
      expect((await open()).pinned).toBe("ssh/box");
    });
    await fc.assert(property, { numRuns: FUZZED });
    expect(badCopies().length).toBeLessThanOrEqual(3);
  }, 120_000);

  it("is left alone when it cannot be read, for it may be whole", async () => {
    if (process.getuid?.() === 0) mkdirSync(file);
    else writeFileSync(file, "{}", { mode: 0 });
    const state = await open();
    expect(logged).toHaveLength(1);
    await expect(state.update({ kind: "pinned", environmentId: "a" })).rejects.toMatchObject({
      code: expect.stringMatching(/storage|permission/) as string,
    });
    expect(state.pinned).toBe("a");
    expect(badCopies()).toEqual([]);
  });
});
