import { build } from "esbuild";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { mustRun } from "../program.ts";
import { faultFile, machineFile, noticeFile, runningFolder, startedFile } from "./machine/box.ts";
import type { Machine } from "./machine/machine.ts";
import { machines } from "./machines.ts";
import { startSshd, type Sshd } from "./sshd.ts";

export type BoxAlias = "trainer" | "lab-a10" | "flaky-l4" | "vault";

/** A simulated GPU machine behind a real sshd of its own. */
export interface RunningBox {
  readonly alias: string;
  readonly directory: string;
  readonly sshd: Sshd;
  readonly machine: Machine | undefined;
  /** What its nvidia-smi does from this moment on, in the words of machine/fault.ts; undefined: it answers. */
  setFault(fault: string | undefined): Promise<void>;
  /** As after a reboot: a GPU that fell off the bus is back, and its time begins anew. */
  reset(): Promise<void>;
  /** What its metadata service says of a coming interruption from this moment on; undefined: there is none. */
  announce(notice: { readonly action: string; readonly at: number } | undefined): void;
  /** Ends the server and every program of the box. */
  stop(): Promise<void>;
}

export interface Boxes {
  /** An ssh_config with an alias for each box and the jump host before `vault`. */
  sshConfig(knownHostsFile: string): string;
  readonly knownHosts: string;
  /** The one private key that opens all of them. */
  readonly userKeyFile: string;
  box(alias: BoxAlias | "bastion"): RunningBox;
  stop(): Promise<void>;
}

export interface Plan {
  readonly alias: string;
  readonly address: string;
  /** Without one it is a machine without nvidia-smi. */
  readonly machine?: Machine;
}

const PLANS: readonly Plan[] = [
  { alias: "trainer", address: "127.0.0.2", machine: machines.trainer },
  { alias: "lab-a10", address: "127.0.0.3", machine: machines.labA10 },
  { alias: "flaky-l4", address: "127.0.0.4", machine: machines.flakyL4 },
  { alias: "vault", address: "127.0.0.5", machine: machines.vault },
  { alias: "bastion", address: "127.0.0.6" },
];

/** Starts the boxes; keys in `directory` from an earlier start are used again. */
export async function startBoxes(directory: string, port?: number): Promise<Boxes> {
  const root = path.resolve(directory);
  await mkdir(root, { recursive: true });
  const userKeyFile = await makeUserKey(root);
  const programs = await buildPrograms(root);
  const started: RunningBox[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((box) => box.stop()));
  };
  try {
    for (const plan of PLANS) started.push(await startBox(plan, { root, userKeyFile, programs, port }));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    userKeyFile,
    knownHosts: started.map(({ sshd }) => sshd.knownHosts).join(""),
    sshConfig: (knownHostsFile) => sshConfigOf(started, userKeyFile, knownHostsFile),
    box: (alias) => found(started, alias),
    stop,
  };
}

function found(started: readonly RunningBox[], alias: string): RunningBox {
  const box = started.find((candidate) => candidate.alias === alias);
  if (!box) throw new Error(`There is no box ${alias}`);
  return box;
}

export async function makeUserKey(root: string): Promise<string> {
  const file = path.join(root, "id_ed25519");
  if (!existsSync(file)) await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "sandbox", "-f", file]);
  return file;
}

/** One file of plain JavaScript: it is started at every reading, and to strip types each time would cost more than it does. */
export async function buildPrograms(root: string): Promise<string> {
  const outfile = path.join(root, "programs.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "machine/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    logLevel: "error",
  });
  return outfile;
}

export interface Ground {
  readonly root: string;
  readonly userKeyFile: string;
  readonly programs: string;
  readonly port: number | undefined;
}

export async function startBox({ alias, address, machine }: Plan, ground: Ground): Promise<RunningBox> {
  const directory = path.join(ground.root, alias);
  const bin = path.join(directory, "bin");
  const home = path.join(directory, "home");
  for (const folder of [bin, home]) await mkdir(folder, { recursive: true });
  await copyFile(ground.userKeyFile, path.join(directory, "userkey"));
  await copyFile(`${ground.userKeyFile}.pub`, path.join(directory, "userkey.pub"));
  for (const file of [faultFile(directory), noticeFile(directory)]) await rm(file, { force: true });
  await writeFile(startedFile(directory), "");
  await writePrograms({ alias, directory, bin, machine, programs: ground.programs });
  await writeFile(path.join(home, ".bash_profile"), `PATH='${bin}':$PATH\nPS1='\\u@${alias}:\\w\\$ '\n`);
  const sshd = await startSshd({
    directory,
    addresses: [address],
    ...(ground.port === undefined ? {} : { port: ground.port }),
    environment: { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: home },
  });
  return {
    alias,
    directory,
    sshd,
    machine,
    setFault: (fault) =>
      fault === undefined ? rm(faultFile(directory), { force: true }) : writeFile(faultFile(directory), fault),
    reset: async () => {
      await rm(faultFile(directory), { force: true });
      await writeFile(startedFile(directory), "");
    },
    announce: (notice) => announce(directory, notice),
    stop: async () => {
      await endPrograms(directory);
      await sshd.stop();
    },
  };
}

/** At once and whole: the box may be asked at any moment. */
function announce(directory: string, notice: Parameters<RunningBox["announce"]>[0]): void {
  const file = noticeFile(directory);
  if (!notice) {
    rmSync(file, { force: true });
    return;
  }
  const time = new Date(notice.at).toISOString().replace(/\.\d+Z$/, "Z");
  writeFileSync(`${file}.new`, JSON.stringify({ action: notice.action, time }));
  renameSync(`${file}.new`, file);
}

interface Installation {
  readonly alias: string;
  readonly directory: string;
  readonly bin: string;
  readonly machine: Machine | undefined;
  readonly programs: string;
}

async function writePrograms({ alias, directory, bin, machine, programs }: Installation): Promise<void> {
  const write = (name: string, line: string): Promise<void> =>
    writeFile(path.join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const start = (name: string): Promise<void> =>
    write(name, `exec '${process.execPath}' '${programs}' '${directory}' ${name} "$@"`);
  await write("hostname", `echo ${alias}`);
  await start("curl");
  if (!machine) return write("nvidia-smi", 'echo "sh: 1: nvidia-smi: not found" >&2; exit 127');
  await writeFile(machineFile(directory), JSON.stringify(machine));
  for (const name of ["nvidia-smi", "journalctl", "dmesg", "ps"]) await start(name);
}

/** Ends what hangs: each program of a box leaves a note with its process id while it runs. */
async function endPrograms(directory: string): Promise<void> {
  const folder = runningFolder(directory);
  const notes = await readdir(folder).catch(() => []);
  for (const note of notes) {
    const command = await readFile(`/proc/${note}/cmdline`, "utf8").catch(() => "");
    if (command.includes(directory)) process.kill(Number(note), "SIGKILL");
    await rm(path.join(folder, note), { force: true });
  }
}

function sshConfigOf(started: readonly RunningBox[], userKeyFile: string, knownHostsFile: string): string {
  const hosts = started.map(({ alias, sshd }) => {
    const jump = alias === "vault" ? "  ProxyJump bastion\n" : "";
    const where = `  HostName ${sshd.addresses[0] ?? ""}\n  Port ${sshd.port}\n  User ${sshd.user}\n`;
    return `Host ${alias}\n${where}${jump}\n`;
  });
  const common = [
    "Host *",
    `  IdentityFile "${userKeyFile}"`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile "${knownHostsFile}"`,
    "  StrictHostKeyChecking ask",
    "",
  ];
  return `${hosts.join("")}${common.join("\n")}`;
}
