// What stands behind the instances of the emulated cloud: a real sshd with simulated GPUs for each that runs.
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "../program.ts";
import type { MachineAddresses, MachineHost, MachineRequest } from "../emulators/aws/options.ts";
import { buildPrograms, makeUserKey, startBox, type RunningBox } from "./boxes.ts";
import { boards, type Board } from "./machine/boards.ts";
import type { Machine } from "./machine/machine.ts";

export interface InstanceHost extends MachineHost {
  /** Every instance answers at this port of an address of its own. */
  readonly port: number;
  box(instanceId: string): RunningBox | undefined;
  stopAll(): Promise<void>;
}

/** The GPUs of the instance types that are launched by hand and in journeys; any other has none. */
const GPUS: Readonly<Record<string, { readonly board: Board; readonly count: number }>> = {
  "g4dn.xlarge": { board: { ...boards.a10, name: "Tesla T4", memoryMiB: 15_360 }, count: 1 },
  "g5.xlarge": { board: { ...boards.a10, name: "NVIDIA A10G" }, count: 1 },
  "g5.12xlarge": { board: { ...boards.a10, name: "NVIDIA A10G" }, count: 4 },
  "g6.xlarge": { board: boards.l4, count: 1 },
  "g6e.xlarge": { board: boards.l40s, count: 1 },
  "p4d.24xlarge": { board: boards.a100, count: 8 },
  "p5.48xlarge": { board: boards.h100, count: 8 },
};

export async function createInstanceHost(directory: string, port: number): Promise<InstanceHost> {
  const root = path.resolve(directory);
  await mkdir(root, { recursive: true });
  const ground = { root, userKeyFile: await makeUserKey(root), programs: await buildPrograms(root), port };
  const boxes = new Map<string, RunningBox>();
  let started = 0;

  const end = async (instanceId: string): Promise<void> => {
    const box = boxes.get(instanceId);
    boxes.delete(instanceId);
    await box?.stop();
  };
  return {
    port,
    box: (instanceId) => boxes.get(instanceId),
    start: async (request) => {
      started += 1;
      // A start gives another address, as EC2 does; the disk, and with it the host key, stays.
      const address = `127.0.1.${String(1 + (started % 250))}`;
      const machine = toMachine(request);
      const box = await startBox({ alias: request.id, address, ...(machine ? { machine } : {}) }, ground);
      boxes.set(request.id, box);
      const keys = path.join(box.directory, "authorized_keys");
      await writeFile(keys, request.publicKey === undefined ? "" : `${request.publicKey}\n`);
      return addressesOf(box, address);
    },
    interrupt: (instanceId, notice) => boxes.get(instanceId)?.announce(notice),
    stop: end,
    remove: async (instanceId) => {
      const folder = path.join(root, instanceId);
      await end(instanceId);
      await rm(folder, { recursive: true, force: true });
    },
    stopAll: async () => {
      await Promise.all([...boxes.keys()].map(end));
    },
  };
}

async function addressesOf(box: RunningBox, address: string): Promise<MachineAddresses> {
  const fingerprint = await mustRun("ssh-keygen", ["-l", "-f", `${box.sshd.hostKeyFile}.pub`]);
  const consoleOutput = [
    "[   11.402013] cloud-init[1204]: Cloud-init v. 24.4 running 'modules:final'",
    "-----BEGIN SSH HOST KEY FINGERPRINTS-----",
    fingerprint.trim(),
    "-----END SSH HOST KEY FINGERPRINTS-----",
    "-----BEGIN SSH HOST KEY KEYS-----",
    box.sshd.hostKeyPublic,
    "-----END SSH HOST KEY KEYS-----",
    "",
  ].join("\r\n");
  return { publicIp: address, privateIp: address, consoleOutput };
}

function toMachine({ id, instanceType }: MachineRequest): Machine | undefined {
  const gpus = GPUS[instanceType];
  if (!gpus) return undefined;
  const serial = id.replace(/\D/g, "").padEnd(8, "0").slice(0, 8);
  return {
    hostname: `ip-${id.slice(-6)}`,
    driver: { version: "580.105.08", cuda: "13.0" },
    gpus: Array.from({ length: gpus.count }, (_, index) => ({
      board: gpus.board,
      busId: `00000000:${(0x1b + index).toString(16).toUpperCase()}:00.0`,
      uuid: `GPU-${serial}-0000-4000-8000-${String(index).padStart(12, "0")}`,
      workload: "idle",
      processes: [],
    })),
  };
}
