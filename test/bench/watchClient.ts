// Runs in a real extension host: what it adds there is what is measured.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import ssh2 from "ssh2";
import type { Disposable } from "../../src/core/event.ts";
import { createHealth } from "../../src/health/healthService.ts";
import { createOpenSession } from "../../src/remote/openSession.ts";
import { backgroundRemote } from "./remoteParts.ts";
import { sinceStamp } from "./stamp.ts";
import type { WatchOrder, WatchReport } from "./watchOrder.ts";

/** Until then compiled code has replaced interpreted code, and what the opening left has been collected. */
const SETTLE_MS = 10_000;
const QUIET_MS = 15_000;
const CHECK_MS = 1_000;
const OPEN_DEADLINE_MS = 180_000;
const OPENINGS_AT_ONCE = 20;

/** How long each reading was under way, while it counts. */
class Journal {
  private readonly live = new Set<string>();
  private delays: number[] | undefined;
  /** Why a host cannot be opened. */
  failure: unknown;

  get liveCount(): number {
    return this.live.size;
  }

  note(host: string, stamp: number | undefined): void {
    this.live.add(host);
    if (stamp !== undefined) this.delays?.push(sinceStamp(stamp, Date.now()));
  }

  begin(): void {
    this.delays = [];
  }

  end(): readonly number[] {
    const delays = this.delays ?? [];
    this.delays = undefined;
    return delays.toSorted((one, other) => one - other);
  }
}

/** Watches as ordered until everything is measured, and ends the sessions again. */
export async function watchHosts(order: WatchOrder): Promise<WatchReport> {
  if (order.core !== undefined) moveTo(order.core);
  const before = await settledMemory();
  const journal = new Journal();
  const watching = order.mode === "watch" ? watchWithHealth(order, journal) : openBare(order, journal);
  try {
    await untilLive(order, journal);
    await delay(SETTLE_MS);
    return await measure(order, journal, before);
  } finally {
    watching.dispose();
  }
}

/** Resident bytes, once the other extensions of a new window have started: theirs must not be counted as ours. */
async function settledMemory(): Promise<number> {
  let memory = process.memoryUsage().rss;
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs += CHECK_MS) {
    await delay(CHECK_MS);
    const { rss } = process.memoryUsage();
    if (rss > memory * 1.005) quietMs = 0;
    memory = Math.max(memory, rss);
  }
  return memory;
}

function moveTo(core: string): void {
  const pid = String(process.pid);
  execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", core, pid], { stdio: "ignore" });
}

async function untilLive({ hosts }: WatchOrder, journal: Journal): Promise<void> {
  const deadline = Date.now() + OPEN_DEADLINE_MS;
  while (journal.liveCount < hosts.length) {
    if (journal.failure !== undefined) throw new Error("A host cannot be opened.", { cause: journal.failure });
    if (Date.now() > deadline) throw new Error(`Only ${journal.liveCount} of ${hosts.length} hosts are live.`);
    await delay(200);
  }
}

async function measure({ hosts, seconds }: WatchOrder, journal: Journal, before: number): Promise<WatchReport> {
  let memory = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const start = performance.now();
  journal.begin();
  while (performance.now() - start < seconds * 1_000) {
    await delay(5_000);
    memory = Math.max(memory, process.memoryUsage().rss);
  }
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = performance.now() - start;
  const delays = journal.end();
  const expected = (hosts.length * seconds) / 2;
  if (delays.length < expected * 0.95) throw new Error(`Only ${delays.length} of ${expected} readings came.`);
  return {
    cpuPercent: (user + system) / 10 / elapsedMs,
    memoryMB: (memory - before) / 1e6,
    memoryBeforeMB: before / 1e6,
    readings: delays.length,
    latestMs: delays.at(-1) ?? Number.NaN,
    medianMs: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
  };
}

/** As the extension does for rows that are expanded; a reading counts when a view would hear of it. */
function watchWithHealth({ configFile, directory, hosts }: WatchOrder, heard: Journal): Disposable {
  const health = createHealth({
    openSession: createOpenSession(backgroundRemote({ configFile, directory, environment: process.env })),
    connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
    specs: { spec: () => undefined, rememberSpec: () => undefined },
    clock: Date.now,
    random: Math.random,
    log: () => undefined,
  });
  const lastAt = new Map<string, number>();
  health.onDidChange((alias) => {
    const watch = health.watch(alias);
    if (watch.kind !== "live" || watch.last.at === lastAt.get(alias)) return;
    lastAt.set(alias, watch.last.at);
    heard.note(alias, watch.last.gpus[0]?.memoryUsedMiB);
  });
  for (const { alias } of hosts) health.show(alias, "stream");
  return health;
}

function openBare(bare: WatchOrder, heard: Journal): Disposable {
  const waiting = [...bare.hosts];
  const privateKey = readFileSync(bare.userKeyFile);
  const clients: ssh2.Client[] = [];
  const work = async (): Promise<void> => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      clients.push(await openOne(bare, host, { privateKey, heard }));
    }
  };
  for (let turn = 0; turn < OPENINGS_AT_ONCE; turn++) work().catch((error: unknown) => (heard.failure = error));
  return { dispose: () => clients.forEach((client) => client.destroy()) };
}

type Host = WatchOrder["hosts"][number];

/** Reads the stamp where it stands and looks at nothing else. */
function openOne(
  { port, user }: WatchOrder,
  { alias, address }: Host,
  { privateKey, heard }: { readonly privateKey: Buffer; readonly heard: Journal },
): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.once("error", reject);
    client.once("ready", () => {
      client.exec("nvidia-smi -lms 2000", (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        channel.on("data", (chunk: Buffer) => heard.note(alias, stampIn(chunk)));
        resolve(client);
      });
    });
    client.connect({
      sock: net.connect({ host: address, port, noDelay: true }),
      username: user,
      privateKey,
      keepaliveInterval: 5_000,
      hostVerifier: () => true,
    });
  });
}

/** The tenth cell of a piece that begins with a row. */
function stampIn(chunk: Buffer): number | undefined {
  if (chunk[0] !== 0x30) return undefined;
  const cell = chunk.toString("latin1", 0, 300).split(", ", 10)[9];
  return cell === undefined ? undefined : Number(cell);
}
