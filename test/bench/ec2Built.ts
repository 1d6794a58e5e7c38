// What the built extension loads of EC2, and when: of whoever has no account, nothing.
import { fork } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startAwsEmulator } from "../emulators/aws/emulator.ts";
import { packageIfOlder, ROOT } from "./built.ts";
import { end, messageOf } from "./ec2Child.ts";
import type { Loaded } from "./ec2Loaded.ts";
import { REGION, sdkEnvironment } from "./ec2Sdk.ts";
import type { Figure, Part } from "./figure.ts";

const CHUNK_LIMIT_KB = 1_000;
/** Names that survive minifying, and that nothing but the SDK and what calls it has. */
const OF_AWS = /@aws-sdk|@smithy|DescribeInstances|x-amz-|aws_access_key_id/;

export const ec2Built: Part = { ids: ["ec2-chunk", "ec2-unused-activation"], measure };

interface Piece {
  readonly name: string;
  readonly code: string;
}

async function measure(): Promise<readonly Figure[]> {
  await packageIfOlder();
  const { atStart, byListing, byPrices } = await loadedFiles();
  const [start, listing, prices] = await Promise.all([atStart, byListing, byPrices].map(readPieces));
  if (!listing?.some(isOfAws) || !start || !prices) throw new Error("What is of AWS is not recognized.");
  return [chunkFigure(listing, prices), unusedFigure(start)];
}

async function loadedFiles(): Promise<Loaded> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-bench-"));
  const emulator = await startAwsEmulator({ clock: "real" });
  emulator.addInstance();
  const child = fork(path.join(import.meta.dirname, "ec2Loaded.ts"), [directory, REGION], {
    env: { ...process.env, ...sdkEnvironment(emulator.endpoint), HOME: directory },
  });
  try {
    return await messageOf<Loaded>(child);
  } finally {
    await end(child);
    await emulator.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function readPieces(names: readonly string[]): Promise<readonly Piece[]> {
  return Promise.all(
    names.map(async (name) => ({ name, code: await readFile(path.join(ROOT, "dist", name), "utf8") })),
  );
}

function isOfAws({ code }: Piece): boolean {
  return OF_AWS.test(code);
}

function kilobytes(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0) / 1_000;
}

function chunkFigure(listing: readonly Piece[], prices: readonly Piece[]): Figure {
  const largest = listing.toSorted((one, other) => other.code.length - one.code.length).slice(0, 3);
  const names = largest.map((piece) => `${path.basename(piece.name)} ${kilobytes([piece]).toFixed(0)} kB`).join(", ");
  return {
    id: "ec2-chunk",
    value: kilobytes(listing),
    unit: "kB",
    limit: CHUNK_LIMIT_KB,
    against: `${listing.length} files that the first listing loads: ${names}, …; prices load ${kilobytes(prices).toFixed(0)} kB more`,
  };
}

/** The start is one file, whose modules are told apart by what the build puts between them. */
function unusedFigure(start: readonly Piece[]): Figure {
  const modules = start.flatMap(({ name, code }) =>
    code.split(/(?="[^"]+":\(function\(module,exports\)\{)/).map((part): Piece => ({ name, code: part })),
  );
  return {
    id: "ec2-unused-activation",
    value: kilobytes(modules.filter(isOfAws)),
    unit: "kB",
    limit: 0,
    against:
      `of AWS within ${kilobytes(start).toFixed(0)} kB in ${start.length} files that are loaded by an activated ` +
      `extension without an account: ${start.map(({ name }) => path.basename(name)).join(", ")}`,
  };
}
