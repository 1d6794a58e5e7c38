// Listing an account of 5,000 machines beside the bare SDK, each over the same recorded pages of a server in a process of
// its own.
import { fork, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { OUT } from "./built.ts";
import { end, messageOf } from "./ec2Child.ts";
import { sdkEnvironment } from "./ec2Sdk.ts";
import type { ListReport } from "./ec2ListClient.ts";
import type { ReplayStarted } from "./ec2Replay.ts";
import { median, type Figure, type Part } from "./figure.ts";

const INSTANCES = 5_000;
/** Of the processor's time of the bare SDK. */
const SHARE_LIMIT = 1.1;
/** What the provider and the inventory may add to the SDK's own time for a page of 1,000. */
const ADDED_LIMIT_MS = 100;

export const ec2List: Part = { ids: ["ec2-list-5000", "ec2-list-first-rows", "ec2-list-calls"], measure };

async function measure(): Promise<readonly Figure[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const server = fork(path.join(import.meta.dirname, "ec2Replay.ts"), [String(INSTANCES)]);
  let client: ChildProcess | undefined;
  try {
    const { endpoint } = await messageOf<ReplayStarted>(server);
    client = fork(await buildClient(), [endpoint, directory, String(INSTANCES)], {
      env: { ...process.env, ...sdkEnvironment(endpoint) },
      execArgv: ["--expose-gc"],
    });
    return figures(await messageOf<ListReport>(client));
  } finally {
    for (const child of [client, server]) if (child) await end(child);
    await rm(directory, { recursive: true, force: true });
  }
}

function figures(report: ListReport): readonly Figure[] {
  const { first, pages, firstRows, otherRequests, untilSteady } = report;
  const ours = median(report.rounds.map(({ oursMs }) => oursMs));
  const bare = median(report.rounds.map(({ bareMs }) => bareMs));
  const firstOurs = median(firstRows.ours.map(({ processorMs }) => processorMs));
  const firstBare = median(firstRows.bare.map(({ processorMs }) => processorMs));
  const begin = `the first, with the SDK's own start: ${first.processorMs.toFixed(0)} ms and ${first.requests} requests`;
  return [
    {
      id: "ec2-list-5000",
      value: median(report.rounds.map(({ oursMs, bareMs }) => oursMs / bareMs)),
      unit: "of the SDK's processor time",
      limit: SHARE_LIMIT,
      against: `the bare SDK's paginator: ${bare.toFixed(0)} ms, ours ${ours.toFixed(0)} ms; ${begin}`,
    },
    {
      id: "ec2-list-first-rows",
      value: firstOurs,
      unit: "ms of the processor",
      limit: firstBare + ADDED_LIMIT_MS,
      against:
        `from the last byte of the first page, the second held back; the bare SDK: ${firstBare.toFixed(0)} ms; by the ` +
        `clock ${clock(firstRows.ours)} and ${clock(firstRows.bare)} ms, at the very first ${clock([firstRows.cold])} ms`,
    },
    {
      id: "ec2-list-calls",
      value: otherRequests,
      unit: "requests besides pages",
      limit: 0,
      against: `the bare SDK: ${pages} requests for ${pages} pages; so from listing ${untilSteady} on, disks being asked about bit by bit`,
    },
  ];
}

function clock(times: ListReport["firstRows"]["ours"]): string {
  return median(times.map(({ clockMs }) => clockMs)).toFixed(0);
}

/** As the extension is built, so that both are what runs in an editor. */
async function buildClient(): Promise<string> {
  await mkdir(OUT, { recursive: true });
  const outfile = path.join(OUT, "ec2ListClient.cjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "ec2ListClient.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    mainFields: ["module", "main"],
    minify: true,
    logLevel: "error",
  });
  return outfile;
}
