import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { mustRun } from "../program.ts";

/** An EC2 that we did not write: moto, in its server mode. */
export interface Moto {
  readonly endpoint: string;
  /** Forgets everything that was made. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** What the expectations of the tests were measured against; another minor version may differ elsewhere. */
const PACKAGE = "moto[server,ec2,sts,ssm]==5.2.*";
const START_DEADLINE_MS = 60_000;

/**
 * Takes the server that GPU_DEV_TEST_EC2_ENDPOINT names, else starts the `moto_server` of PATH, else installs it into a
 * cache folder of this user. Rejects with what is to be done where none of these works: it is never left out in silence.
 */
export async function startMoto(): Promise<Moto> {
  const given = process.env["GPU_DEV_TEST_EC2_ENDPOINT"];
  if (given !== undefined && given !== "") return server(given, () => Promise.resolve());
  const child = spawn(await program(), ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    return server(await endpointOf(child), () => ended(child));
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function server(endpoint: string, stop: () => Promise<void>): Moto {
  return {
    endpoint,
    reset: async () => {
      const { ok, status } = await fetch(new URL("/moto-api/reset", endpoint), { method: "POST" });
      if (!ok) throw new Error(`moto answered ${status} to a reset.`);
    },
    stop,
  };
}

async function program(): Promise<string> {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, "moto_server")).find((file) => existsSync(file));
  return found ?? install();
}

async function install(): Promise<string> {
  const folder = path.join(os.homedir(), ".cache", "gpu-dev-environments", "moto-5.2");
  const installed = path.join(folder, "bin", "moto_server");
  if (existsSync(installed)) return installed;
  try {
    await mkdir(path.dirname(folder), { recursive: true });
    await mustRun("python3", ["-m", "venv", folder]);
    await mustRun(path.join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", PACKAGE]);
    return installed;
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(
      `These tests need moto_server, which could not be installed. Run: pip install '${PACKAGE}', or name a running one in GPU_DEV_TEST_EC2_ENDPOINT.`,
      { cause },
    );
  }
}

/** Once it says where it listens. */
function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`moto_server did not start:\n${output}`)), START_DEADLINE_MS);
    const read = (part: Buffer): void => {
      output += part.toString();
      const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      output = "";
      resolve(endpoint);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`moto_server ended with ${String(code)}:\n${output}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", () => resolve());
    if (!child.kill("SIGTERM")) resolve();
  });
}
