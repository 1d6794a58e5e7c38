// Two machines and the cable between them, in namespaces of one process: nothing of it reaches this machine's network,
// and the kernel ends it all with that process. This is the client's side; the test starts it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Session } from "../../../src/core/session.ts";
import { startSshd } from "../../sandbox/sshd.ts";
import { createHome, createTestRemote, forever, host, output, until } from "./support.ts";

const CLIENT = "10.77.0.1";
const SERVER = "10.77.0.2";
/** The server forgets a silent client soon, so that what is left of a connection shows soon, too. */
const FORGETFUL = ["ClientAliveInterval 1", "ClientAliveCountMax 3"];

/** What one loss of the network looked like from the client. */
export interface LossReport {
  /** From the first lost packet until every session had said that it is closed. */
  readonly noticedMs: number;
  readonly codes: readonly (string | undefined)[];
  /** What the commands that ran meanwhile came to. */
  readonly running: readonly string[];
  readonly answerAfterwards: string;
  /** Of everything in the namespaces, by name, where it is more than before. */
  readonly leftProcesses: readonly string[];
  readonly leftFiles: number;
}

const run = (file: string, ...words: readonly string[]): string => execFileSync(file, words, { encoding: "utf8" });

/** Connects this network namespace with one of its own that `pid` lives in; both come without any interface. */
function layCable(pid: number): readonly string[] {
  const there = ["nsenter", "-t", String(pid), "-n"] as const;
  run("ip", "link", "add", "client", "type", "veth", "peer", "name", "server", "netns", String(pid));
  run("ip", "address", "add", `${CLIENT}/30`, "dev", "client");
  run("ip", "link", "set", "client", "up");
  run(...there, "ip", "address", "add", `${SERVER}/30`, "dev", "server");
  run(...there, "ip", "link", "set", "server", "up");
  run(...there, "ip", "link", "set", "lo", "up");
  return there;
}

/** Both ends drop whatever they are given, and nobody is told. */
function dropPackets(there: readonly string[], change: "add" | "del"): void {
  const queue = (dev: string) => [
    "tc",
    "qdisc",
    change,
    "dev",
    dev,
    "root",
    ...(change === "add" ? ["blackhole"] : []),
  ];
  for (const [file = "", ...words] of [queue("client"), [...there, ...queue("server")]]) run(file, ...words);
}

const processes = (): readonly string[] => run("ps", "-A", "-o", "comm=").trim().split("\n").sort();
const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;

/** What is in `now` beyond `before`, each as often as it is too many. */
function beyond(now: readonly string[], before: readonly string[]): readonly string[] {
  const rest = [...before];
  return now.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

async function loseNetwork(there: readonly string[], open: () => Promise<readonly Session[]>): Promise<LossReport> {
  const before = { processes: processes(), files: await openFiles() };
  const sessions = await open();
  const running = sessions.map((session) =>
    session.exec("sleep 600", { signal: forever, timeoutMs: 60_000 }).then(
      () => "finished",
      () => "failed",
    ),
  );
  const closed = sessions.map(
    (session) => new Promise<string | undefined>((resolve) => session.onDidClose((reason) => resolve(reason?.code))),
  );
  dropPackets(there, "add");
  const lostAt = performance.now();
  const codes = await Promise.all(closed);
  const noticedMs = performance.now() - lostAt;
  dropPackets(there, "del");
  const [again, ...others] = await open();
  const answerAfterwards = again ? await output(again, "echo back") : "";
  for (const session of [again, ...others]) session?.close();
  const isClean = async () => beyond(processes(), before.processes).length === 0 && (await openFiles()) <= before.files;
  await until("nothing is left", isClean, 30_000).catch(() => undefined);
  return {
    noticedMs,
    codes,
    running: await Promise.all(running),
    answerAfterwards,
    leftProcesses: beyond(processes(), before.processes),
    leftFiles: (await openFiles()) - before.files,
  };
}

async function main(cycles: number): Promise<void> {
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(createInterface(holder.stdout), "line");
  const home = await createHome();
  try {
    const there = layCable(holder.pid ?? 0);
    const place = { addresses: [SERVER], port: 22, within: there, settings: FORGETFUL };
    const server = await startSshd({ directory: home.file("server"), environment: { HOME: home.directory }, ...place });
    await home.know(server);
    await home.configure(server.sshConfig("direct"), server.sshConfig("jumped"), "  ProxyJump direct");
    const remote = createTestRemote(home);
    const open = (): Promise<readonly Session[]> =>
      Promise.all(["direct", "jumped"].map((alias) => remote.openSession(host(alias), "background", forever)));
    for (const session of await open()) session.close();
    await until("the server has let go", async () => (await server.processes()).length === 1);
    for (let cycle = 0; cycle < cycles; cycle += 1) console.log(JSON.stringify(await loseNetwork(there, open)));
  } finally {
    await home.remove();
  }
}

if (import.meta.main) {
  await main(Number(process.argv[2]));
  process.exit(0); // and with it everything else in its namespaces
}
