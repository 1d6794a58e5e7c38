import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsEmulator, type AwsEmulator } from "../../emulators/aws/emulator.ts";
import { faultCount } from "../remote/support.ts";

/** The requests after each of which the window is killed: four make something, the rest look at it until it runs. */
const KILLS = Array.from({ length: faultCount(7, 24) }, (_, index) => index + 1);
/** More windows at once only wait for the processor. */
const AT_ONCE = 3;
/** A lock whose holder is gone is taken over after ten seconds. */
const STALE_MS = 11_000;

const account = (kill: number) => ({
  accountId: String(100_000_000_000 + kill),
  accessKeyId: `AKIAKILLED${String(kill).padStart(10, "0")}`,
  userName: "developer",
});

let folder: string;
let emulator: AwsEmulator;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-kill-"));
  const durations = { pendingMs: 100, checksMs: 100, shuttingDownMs: 100 };
  emulator = await startAwsEmulator({ clock: "real", durations, accounts: KILLS.map(account) });
});
afterAll(async () => {
  await emulator.stop();
  await rm(folder, { recursive: true, force: true });
});

function aWindow(task: "provision" | "take-up", kill: number): ChildProcess & { readonly said: Promise<string> } {
  const own = path.join(folder, String(kill));
  const env = {
    PATH: process.env["PATH"],
    HOME: own,
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_ACCESS_KEY_ID: account(kill).accessKeyId,
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const script = path.join(import.meta.dirname, "child.ts");
  const args = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script, task, own];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  return Object.assign(child, { said: text(child.stdout) });
}

/** How many requests of a window came after its plan: the plan ends with a rehearsal of the launch. */
const requestsOf = (kill: number): number => {
  const own = emulator.requests.filter(({ accountId }) => accountId === account(kill).accountId);
  const rehearsal = own.findIndex(({ parameters }) => JSON.stringify(parameters).includes("DryRun"));
  return rehearsal < 0 ? 0 : own.length - rehearsal - 1;
};

async function killAfter(kill: number): Promise<void> {
  const child = aWindow("provision", kill);
  const ended = once(child, "exit");
  while (child.exitCode === null && requestsOf(kill) < kill) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill("SIGKILL");
  await ended;
}

/** What the next window finds, once nothing is under way any more. */
async function takeUp(kill: number): Promise<void> {
  const { environments, unfinished } = JSON.parse(await aWindow("take-up", kill).said) as {
    readonly environments: readonly { readonly state: string; readonly operationId?: string }[];
    readonly unfinished: number;
  };
  const { instances, keyPairs, securityGroups } = emulator.region("us-east-1", account(kill).accountId);
  const alive = instances.filter(({ state }) => state !== "terminated").length;
  const made = { kill, alive, keyPairs: keyPairs.length, groups: securityGroups.length - 1, unfinished };
  expect(made).toEqual({ kill, alive: 1, keyPairs: 1, groups: 1, unfinished: 0 }); // beside the default group
  expect(environments).toMatchObject([{ state: "running", operationId: expect.any(String) as unknown }]);
}

async function forAll(act: (kill: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < KILLS.length; first += AT_ONCE)
    await Promise.all(KILLS.slice(first, first + AT_ONCE).map(act));
}

describe("a window that is killed while it provisions", () => {
  it(
    "leaves nothing that the next one does not know: it finishes exactly one machine",
    { timeout: 300_000 },
    async () => {
      await forAll(killAfter);
      await new Promise((resolve) => setTimeout(resolve, STALE_MS)); // the file system's own clock cannot be moved
      await forAll(takeUp);
    },
  );
});
