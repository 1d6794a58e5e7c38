// A program of its own: lists the replayed instances with the extension's provider and with the bare SDK, in turns.
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { EC2Client, paginateDescribeInstances, type Instance } from "@aws-sdk/client-ec2";
import type { Environment } from "../../src/core/environment.ts";
import { Inventory } from "../../src/core/inventory.ts";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { openAccount } from "./ec2Account.ts";
import type { ReplayState } from "./ec2Replay.ts";

/** In milliseconds. */
interface Since {
  readonly processorMs: number;
  readonly clockMs: number;
}

/** A steady listing of each, in milliseconds of the processor. */
interface Round {
  readonly oursMs: number;
  readonly bareMs: number;
}

/** What its parent is told at the end. Times of the processor and of the clock in milliseconds. */
export interface ListReport {
  readonly pages: number;
  readonly first: { readonly processorMs: number; readonly requests: number };
  /** How many listings it took until each asked for its pages and for nothing else. */
  readonly untilSteady: number;
  readonly rounds: readonly Round[];
  /** Requests that are not for a page, of the steady listing with most of them. */
  readonly otherRequests: number;
  /** From the arrival of the first page until its rows are there; cold: where types and disks are yet unknown. */
  readonly firstRows: { readonly ours: readonly Since[]; readonly bare: readonly Since[]; readonly cold: Since };
}

/** From one round to the next the ratio moves by a tenth on a busy machine. */
const ROUNDS = 12;
const WARM_UPS = 1;
const FIRST_ROWS_TURNS = 11;
const PAGE = 1000;
const [endpoint = "", directory = "", count = ""] = process.argv.slice(2);
const ROWS = Number(count);

/** No other answer is as long as a page of instances. */
const PAGE_BYTES = 500_000;

/**
 * When the last byte of the newest page was there: by the time of the processor, since from then on the client does
 * nothing but work, while a busy machine may take the processor away; and by the clock.
 */
let arrived = { usage: process.cpuUsage(), at: performance.now() };
subscribe("http.client.response.finish", (message) => {
  const { response } = message as { readonly response: IncomingMessage };
  if (!(Number(response.headers["content-length"]) > PAGE_BYTES)) return;
  response.prependOnceListener("end", () => (arrived = { usage: process.cpuUsage(), at: performance.now() }));
});

function sinceArrival(): Since {
  const { user, system } = process.cpuUsage(arrived.usage);
  return { processorMs: (user + system) / 1_000, clockMs: performance.now() - arrived.at };
}

async function replay(act: "hold" | "release" | "state"): Promise<ReplayState> {
  return (await (await fetch(`${endpoint}/bench/${act}`)).json()) as ReplayState;
}

async function requests(): Promise<number> {
  return Object.values((await replay("state")).requests).reduce((sum, number) => sum + number, 0);
}

/** Prices are asked for in the background: a listing is over when nothing follows it. */
async function untilQuiet(): Promise<number> {
  for (let before = await requests(); ;) {
    await delay(200);
    const now = await requests();
    if (now === before) return now;
    before = now;
  }
}

/** Without the garbage of whoever ran before, and with what is left to do in the background. */
async function processorMs(act: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const start = process.cpuUsage();
  await act();
  await turn();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** Both keep what they listed last, as a tree does. */
let kept: { readonly environments: readonly Environment[]; readonly instances: readonly Instance[] } | undefined;

async function listOurs(provider: EnvironmentProvider): Promise<void> {
  const environments: Environment[] = [];
  for await (const page of provider.list(new AbortController().signal)) environments.push(...page);
  if (environments.length !== ROWS) throw new Error(`${environments.length} in place of ${ROWS} were listed.`);
}

/** Through the inventory, while the second page is asked for and held back. */
async function showFirstPage(provider: EnvironmentProvider): Promise<Since> {
  await replay("hold");
  const inventory = new Inventory([provider], Date.now);
  const shown = new Promise<Since>((resolve) => {
    inventory.onDidChange(() => {
      if (inventory.listing(provider.id)?.environments.length) resolve(sinceArrival());
    });
  });
  const listing = inventory.refresh(provider.id);
  // A listing that fails shows nothing.
  const since = await Promise.race([shown, listing.then(() => undefined)]);
  const { kind, environments = [] } = inventory.listing(provider.id) ?? {};
  if (!since || kind !== "loading" || environments.length !== PAGE)
    throw new Error("The first page was not shown first.");
  while ((await replay("state")).waiting === 0) await delay(5); // only then is it certain that the second was held
  inventory.dispose();
  await replay("release");
  return since;
}

async function readFirstPage(client: EC2Client): Promise<Since> {
  for await (const page of paginateDescribeInstances({ client }, { MaxResults: PAGE }))
    if (page.Reservations) return sinceArrival();
  throw new Error("The SDK listed no page.");
}

async function measureFirstRows(provider: EnvironmentProvider, client: EC2Client): Promise<ListReport["firstRows"]> {
  const ours: Since[] = [];
  const bare: Since[] = [];
  for (let number = 0; number < FIRST_ROWS_TURNS; number++) {
    globalThis.gc?.();
    ours.push(await showFirstPage(provider));
    globalThis.gc?.();
    bare.push(await readFirstPage(client));
  }
  const fresh = openAccount({ directory: path.join(directory, "fresh") });
  const cold = await showFirstPage(fresh.provider);
  await untilQuiet();
  fresh.dispose();
  return { ours, bare, cold };
}

/** Of one rival, page by page. */
interface Walk {
  readonly next: () => Promise<number | undefined>;
  rows: number;
  processorMs: number;
}

/** `sizeOf` keeps what the page brought, as a tree does, and tells how many rows it has. */
function walk<Page>(pages: AsyncIterable<Page>, sizeOf: (page: Page) => number): Walk {
  const iterator = pages[Symbol.asyncIterator]();
  const next = async (): Promise<number | undefined> => {
    const result = await iterator.next();
    return result.done === true ? undefined : sizeOf(result.value);
  };
  return { next, rows: 0, processorMs: 0 };
}

/** False at the end. */
async function step(one: Walk): Promise<boolean> {
  let rows: number | undefined;
  one.processorMs += await processorMs(async () => (rows = await one.next()));
  one.rows += rows ?? 0;
  return rows !== undefined;
}

/**
 * Both at once, a page of one and then a page of the other: what else a busy machine does, which changes within a
 * second, hits both alike.
 */
async function measureRound(provider: EnvironmentProvider, client: EC2Client, round: number): Promise<Round> {
  const environments: Environment[] = [];
  const instances: Instance[] = [];
  const ours = walk(provider.list(new AbortController().signal), (page) => environments.push(...page) && page.length);
  const bare = walk(paginateDescribeInstances({ client }, { MaxResults: PAGE }), ({ Reservations = [] }) => {
    const some = Reservations.flatMap(({ Instances = [] }) => Instances);
    return instances.push(...some) && some.length;
  });
  const order = round % 2 === 0 ? [ours, bare] : [bare, ours];
  for (let isMore = true; isMore;) {
    isMore = false;
    for (const rival of order) if (await step(rival)) isMore = true;
  }
  if (ours.rows !== ROWS || bare.rows !== ROWS)
    throw new Error(`${ours.rows} and ${bare.rows} of ${ROWS} were listed.`);
  kept = { environments, instances };
  return { oursMs: ours.processorMs, bareMs: bare.processorMs };
}

async function measureRounds(
  provider: EnvironmentProvider,
  client: EC2Client,
  pages: number,
): Promise<Pick<ListReport, "rounds" | "otherRequests">> {
  const rounds: Round[] = [];
  let otherRequests = 0;
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    const before = await requests();
    const taken = await measureRound(provider, client, round);
    otherRequests = Math.max(otherRequests, (await requests()) - before - 2 * pages);
    if (round >= 0) rounds.push(taken);
  }
  return { rounds, otherRequests };
}

async function report(): Promise<ListReport> {
  const pages = Math.ceil(ROWS / PAGE);
  const account = openAccount({ directory });
  const { provider } = account;
  const client = new EC2Client({});
  const firstMs = await processorMs(() => listOurs(provider));
  const first = { processorMs: firstMs, requests: await untilQuiet() };
  let untilSteady = 1;
  for (let before = first.requests, extra = Infinity; extra > 0; untilSteady++) {
    if (untilSteady > 50) throw new Error("Every listing asks for something besides its pages.");
    await listOurs(provider);
    const now = await untilQuiet();
    extra = now - before - pages;
    before = now;
  }
  const steady = await measureRounds(provider, client, pages);
  const firstRows = await measureFirstRows(provider, client);
  if (!kept) throw new Error("Nothing was listed.");
  account.dispose();
  client.destroy();
  return { pages, first, untilSteady: untilSteady - 1, ...steady, firstRows };
}

void report().then(
  (done) => process.send?.(done),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
