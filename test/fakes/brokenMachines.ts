import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { startSshd, type Sshd } from "../sandbox/sshd.ts";

/** How the nvidia-smi of a machine fails. All know their fields; none gives a reading. */
export const FAILURES = ["sleeps", "ignores-term", "holds-pipe", "stopped", "exits", "prints-garbage"] as const;
type Failure = (typeof FAILURES)[number];

/** sshd listens on 16 sockets at most. */
const ADDRESSES_PER_SERVER = 15;

/** One start of the stand-in nvidia-smi, as it wrote it down itself. */
interface Start {
  readonly pid: number;
  readonly address: string;
  readonly at: number;
  readonly kind: "help" | "read" | "child";
  /** When it started, as /proc tells: with the process id it names one process of this boot. */
  readonly tick: string;
}

export interface BrokenMachines {
  /** Alias of each machine and how it fails. */
  readonly hosts: ReadonlyMap<string, Failure>;
  readonly configFile: string;
  readonly trustFile: string;
  addressOf(alias: string): string;
  starts(): Promise<readonly Start[]>;
  /** The processes of nvidia-smi, or of its children, that are still there. */
  alive(): Promise<readonly Start[]>;
  stop(): Promise<void>;
}

/** Real sshd on loopback, `count` addresses for each failure; the address tells the stand-in how to fail. */
export async function startBrokenMachines(directory: string, count: number): Promise<BrokenMachines> {
  const hosts = new Map<string, Failure>();
  const addresses = new Map<string, string>();
  for (const failure of FAILURES) {
    for (let index = 0; index < count; index++) {
      const alias = `${failure}-${index}`;
      addresses.set(alias, `127.${1 + Math.floor(hosts.size / 250)}.0.${2 + (hosts.size % 250)}`);
      hosts.set(alias, failure);
    }
  }
  const addressOf = (alias: string): string => addresses.get(alias) ?? "";
  await makeStandIn(directory, hosts, addressOf);
  const servers = await startServers(directory, [...hosts.keys()], addressOf);
  const configFile = path.join(directory, "config");
  const trustFile = path.join(directory, "known_hosts");
  await writeFile(configFile, servers.map(({ config }) => config).join(""));
  await writeFile(trustFile, servers.map(({ sshd }) => sshd.knownHosts).join(""));
  const starts = (): Promise<readonly Start[]> => readStarts(path.join(directory, "starts"));
  return {
    hosts,
    configFile,
    trustFile,
    addressOf,
    starts,
    alive: async () => {
      const living = await Promise.all((await starts()).map(async (start) => ((await isAlive(start)) ? [start] : [])));
      return living.flat();
    },
    stop: async () => {
      await Promise.all(servers.map(({ sshd }) => sshd.stop()));
    },
  };
}

async function startServers(
  directory: string,
  aliases: readonly string[],
  addressOf: (alias: string) => string,
): Promise<readonly { readonly sshd: Sshd; readonly config: string }[]> {
  const servers: { sshd: Sshd; config: string }[] = [];
  for (let from = 0; from < aliases.length; from += ADDRESSES_PER_SERVER) {
    const own = aliases.slice(from, from + ADDRESSES_PER_SERVER);
    const sshd = await startSshd({
      directory: path.join(directory, `sshd-${from}`),
      addresses: own.map(addressOf),
      environment: { PATH: `${path.join(directory, "bin")}:/usr/bin:/bin`, HOME: directory },
    });
    servers.push({ sshd, config: own.map((alias) => sshd.sshConfig(alias, addressOf(alias))).join("") });
  }
  return servers;
}

async function makeStandIn(
  directory: string,
  hosts: ReadonlyMap<string, Failure>,
  addressOf: (alias: string) => string,
): Promise<void> {
  await mkdir(path.join(directory, "bin"), { recursive: true });
  await mkdir(path.join(directory, "failures"), { recursive: true });
  for (const [alias, failure] of hosts) await writeFile(path.join(directory, "failures", addressOf(alias)), failure);
  await writeFile(path.join(directory, "starts"), "");
  const program = path.join(directory, "bin", "nvidia-smi");
  await writeFile(program, standIn(directory));
  await chmod(program, 0o755);
}

function standIn(directory: string): string {
  return `#!/bin/sh
set -- "$*" $SSH_CONNECTION
wrote() {
  pid=$1 kind=$2
  read -r stat < /proc/$pid/stat
  set -- \${stat##*) }
  shift 19
  echo "$pid $address $(date +%s%3N) $kind $1" >> "${directory}/starts"
}
address=$4
case $1 in *--help-query-gpu*)
  wrote $$ help
  for field in index uuid pci.bus_id name driver_version count utilization.gpu; do echo "\\"$field\\""; done
  exit 0;;
esac
wrote $$ read
case $(cat "${directory}/failures/$address") in
  sleeps) sleep 600;;
  ignores-term) trap '' TERM HUP INT; while :; do sleep 1; done;;
  holds-pipe) sleep 600 & wrote $! child;;
  stopped) kill -STOP $$; sleep 600;;
  exits) echo "Unable to determine the device handle for GPU 0000:06:00.0: GPU is lost."; exit 15;;
  prints-garbage) while :; do head -c 500 /dev/urandom; echo ", %%, not, a, reading"; sleep 0.2; done;;
esac
`;
}

async function readStarts(file: string): Promise<readonly Start[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [pid, address = "", at, kind, tick = ""] = line.split(" ");
    return {
      pid: Number(pid),
      address,
      at: Number(at),
      kind: kind === "help" || kind === "child" ? kind : "read",
      tick,
    };
  });
}

/** A process id is soon used again, and a zombie is no process. */
async function isAlive({ pid, tick }: Start): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const [state, ...fields] = stat.slice(stat.lastIndexOf(") ") + 2).split(" ");
  return state !== "Z" && fields[18] === tick;
}
