import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import v8 from "node:v8";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createHostResolver, type HostResolver, type ResolveHost } from "../../../src/remote/resolve.ts";
import { createHome, errorOf, forever, until, type Home } from "./support.ts";

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

let home: Home;
let clock = 0;

beforeAll(async () => {
  home = await createHome();
  await mkdir(home.file("bin"));
});
afterAll(() => home.remove());

/** A stand-in for `ssh` that notes each of its runs, and how to ask through it. */
async function standIn(name: string, ...lines: readonly string[]): Promise<ResolveHost> {
  const file = home.file(`bin/${name}`);
  await writeFile(file, ["#!/bin/sh", 'echo "$@" >> "$0.calls"', ...lines, ""].join("\n"));
  await chmod(file, 0o755);
  return resolverFor(file).recently;
}

function resolverFor(file: string): HostResolver {
  const environment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
  return createHostResolver({ file: () => file, environment, platform: process.platform }, () => clock);
}

const ask = (resolve: ResolveHost): ReturnType<ResolveHost> => resolve(["--", "box"], forever);
const calls = async (name: string): Promise<readonly string[]> =>
  (await readFile(home.file(`bin/${name}.calls`), "utf8")).trim().split("\n");
const ANSWER = "printf 'host box\\nhostname 10.0.0.7\\nuser me\\nport 2200\\n'";

describe("the ssh program (F-23)", () => {
  it("is asked with the host after a double dash, and once for a short while", async () => {
    const resolve = await standIn("good", ANSWER);
    const [one, two] = await Promise.all([ask(resolve), ask(resolve)]);
    expect(one).toBe(two);
    expect(one).toMatchObject({ alias: "box", hostName: "10.0.0.7", user: "me", port: 2200 });
    await ask(resolve);
    expect(await calls("good")).toEqual(["-G -- box"]);
    clock += 60_000;
    await ask(resolve);
    expect(await calls("good")).toHaveLength(2);
  });

  it("is asked anew for an act of the user, once for all of its steps", async () => {
    await standIn("edited", ANSWER);
    const { recently, fromNow } = resolverFor(home.file("bin/edited"));
    const before = await ask(recently);
    await standIn("edited", ANSWER.replace("10.0.0.7", "10.0.0.8"));
    expect(await ask(recently)).toBe(before);
    const anew = fromNow();
    expect((await ask(anew)).hostName).toBe("10.0.0.8");
    expect(await ask(anew)).toBe(await ask(recently));
    expect(await calls("edited")).toHaveLength(2);
  });

  it("is remembered for few hosts, the latest, and forgotten with time though nobody asks again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const resolve = await standIn("many", ANSWER);
      const askFor = async (name: string): Promise<WeakRef<object>> =>
        new WeakRef(await resolve(["--", name], forever));
      const first = await askFor("first");
      for (let number = 1; number <= 64; number += 1) await askFor(`box${number}`);
      expect(await isCollected(first)).toBe(true);
      const last = await askFor("last");
      expect(await isCollected(last)).toBe(false);
      vi.advanceTimersByTime(15_000);
      expect(await isCollected(last)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it("that is missing is named as the missing tool", async () => {
    const error = await errorOf(ask(resolverFor(home.file("bin/nothing")).recently));
    expect(error.code).toBe("missing-tool");
    expect(error.message).toContain("bin/nothing");
    expect((await errorOf(ask(resolverFor("no-such-ssh").recently))).code).toBe("missing-tool");
  });

  it("that may not be run is named with the reason", async () => {
    await writeFile(home.file("bin/plain"), "not a program");
    const error = await errorOf(ask(resolverFor(home.file("bin/plain")).recently));
    expect(error.code).toBe("missing-tool");
    expect(error.message).toContain("EACCES");
  });

  it("that is too old for -G is called too old", async () => {
    const resolve = await standIn(
      "old",
      "echo 'ssh: illegal option -- G' >&2; echo 'usage: ssh [-1246]' >&2; exit 255",
    );
    const error = await errorOf(ask(resolve));
    expect(error.code).toBe("missing-tool");
    expect(error.message).toContain("too old");
  });

  it("that hangs is ended after its time, with everything it started", async () => {
    const resolve = await standIn("hanging", "trap '' TERM; sleep 97531 & echo $! > \"$0.pid\"; wait; wait");
    const outcome = errorOf(ask(resolve));
    await until("it runs", async () => (await readFile(home.file("bin/hanging.pid"), "utf8").catch(() => "")) !== "");
    const pid = Number(await readFile(home.file("bin/hanging.pid"), "utf8"));
    const error = await outcome;
    expect(error.code).toBe("timeout");
    expect(error.message).toContain("Match exec");
    await until("its child is gone", () => !isRunning(pid));
  });

  it("that waits for an answer gets none and does not hang", async () => {
    const resolve = await standIn("asking", "printf 'Password: ' >&2; read answer || exit 255");
    const error = await errorOf(ask(resolve));
    expect(error.code).toBe("configuration");
    expect(error.message).toContain("Password:");
  });

  it("that fails with success is not believed", async () => {
    const resolve = await standIn("lying", "echo 'ssh: something went wrong'; exit 0");
    const error = await errorOf(ask(resolve));
    expect(error.code).toBe("configuration");
    expect(error.message).toContain("something went wrong");
  });

  it("that finds a mistake in the configuration passes on where", async () => {
    await writeFile(home.file("broken"), "Host box\n  Prot 22\n");
    const environment = { PATH: process.env["PATH"] ?? "" };
    const { recently: resolve } = createHostResolver(
      { file: () => "ssh", configFile: () => home.file("broken"), environment, platform: process.platform },
      Date.now,
    );
    const error = await errorOf(ask(resolve));
    expect(error.code).toBe("configuration");
    expect(error.message).toContain("line 2");
  });

  it("that failed is asked again the next time", async () => {
    const resolve = await standIn("recovering", `[ -e "$0.ok" ] || { touch "$0.ok"; exit 255; }`, ANSWER);
    expect((await errorOf(ask(resolve))).code).toBe("configuration");
    expect((await ask(resolve)).hostName).toBe("10.0.0.7");
  });

  it("keeps working for the others when one asker gives up", async () => {
    const resolve = await standIn("slow", "sleep 0.3", ANSWER);
    const abort = new AbortController();
    const given = resolve(["--", "box"], abort.signal);
    const kept = ask(resolve);
    abort.abort();
    await expect(given).rejects.toMatchObject({ name: "AbortError" });
    expect((await kept).hostName).toBe("10.0.0.7");
  });
});

/** Whether nothing holds it any more. */
async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve)); // the engine keeps what was looked at until the turn ends
    collectGarbage();
  }
  return reference.deref() === undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
