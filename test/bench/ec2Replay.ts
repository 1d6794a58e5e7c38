// A program of its own: an EC2 whose list of instances was recorded once, so that what answers costs the client nothing.
// Everything else is answered by the emulator from which it was recorded.
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { startAwsEmulator, type AwsEmulator } from "../emulators/aws/emulator.ts";
import type { InstanceSeed } from "../emulators/aws/seed.ts";
import { REGION } from "./ec2Sdk.ts";

/** What its parent is told once it answers. */
export interface ReplayStarted {
  readonly endpoint: string;
}

/** What it answers under /bench. */
export interface ReplayState {
  /** Requests so far, by action. */
  readonly requests: Readonly<Record<string, number>>;
  /** Pages that were asked for and are held back. */
  readonly waiting: number;
}

interface RecordedPage {
  readonly xml: Buffer;
  /** Of the page after it. */
  readonly nextToken: string | undefined;
}

const TYPES = ["g5.xlarge", "g6.xlarge", "p5.48xlarge", "g4dn.xlarge", "g5.12xlarge", "p4d.24xlarge"] as const;
const PAGE = 1000;

function seed(index: number): InstanceSeed {
  const isStopped = index % 5 === 0;
  const isSpot = index % 10 === 1;
  return {
    instanceType: TYPES[index % TYPES.length] ?? TYPES[0],
    tags: {
      Name: `trainer-${String(index).padStart(4, "0")}`,
      team: `team-${String(index % 40)}`,
      project: "vision",
      "cost-center": "4711",
    },
    ...(isStopped ? { state: "stopped", stateReason: { code: "Client.UserInitiatedShutdown", message: "stop" } } : {}),
    ...(isSpot ? { spot: { persistent: false } } : {}),
  };
}

async function record(emulator: AwsEmulator): Promise<readonly RecordedPage[]> {
  const pages: RecordedPage[] = [];
  const credential = `AKIAIOSFODNN7EXAMPLE/20261121/${REGION}/ec2/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  for (let token: string | undefined = ""; token !== undefined; token = pages.at(-1)?.nextToken) {
    const form = { Action: "DescribeInstances", Version: "2016-11-15", MaxResults: String(PAGE) };
    const answer = await fetch(emulator.endpoint, {
      method: "POST",
      headers: { authorization, "x-amz-date": date },
      body: new URLSearchParams({ ...form, ...(token === "" ? {} : { NextToken: token }) }),
    });
    const xml = await answer.text();
    if (!answer.ok) throw new Error(`The list cannot be recorded: ${xml}`);
    pages.push({ xml: Buffer.from(xml), nextToken: /<nextToken>([^<]+)</.exec(xml)?.[1] });
  }
  return pages;
}

class Replay {
  private readonly pages: readonly RecordedPage[];
  private readonly behind: string;
  private readonly requests: Record<string, number> = {};
  private hold: PromiseWithResolvers<void> | undefined;
  private waiting = 0;

  constructor(pages: readonly RecordedPage[], behind: string) {
    this.pages = pages;
    this.behind = behind;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url?.startsWith("/bench/")) {
      this.control(request.url, response);
      return;
    }
    const form = new URLSearchParams(body);
    const target = request.headers["x-amz-target"];
    const action = form.get("Action") ?? String(target).split(".").at(-1) ?? "";
    this.requests[action] = (this.requests[action] ?? 0) + 1;
    const isList = action === "DescribeInstances" && !form.has("InstanceId.1");
    await (isList ? this.page(form.get("NextToken"), response) : this.pass(request, body, response));
  }

  private async page(token: string | null, response: ServerResponse): Promise<void> {
    const index = token === null ? 0 : this.pages.findIndex(({ nextToken }) => nextToken === token) + 1;
    const page = this.pages[index];
    if (index > 0 && this.hold) {
      this.waiting += 1;
      await this.hold.promise;
      this.waiting -= 1;
    }
    response.writeHead(200, { "Content-Type": "text/xml;charset=UTF-8", "Content-Length": page?.xml.length ?? 0 });
    response.end(page?.xml);
  }

  private async pass({ method = "POST", headers }: IncomingMessage, body: string, response: ServerResponse) {
    const own = new Set(["host", "connection", "content-length", "expect", "transfer-encoding"]);
    const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      own.has(name) || value === undefined ? [] : [[name, String(value)]],
    );
    const answer = await fetch(this.behind, { method, headers: passed, body });
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "text/xml" });
    response.end(await answer.text());
  }

  private control(url: string, response: ServerResponse): void {
    if (url === "/bench/hold") this.hold = Promise.withResolvers();
    if (url === "/bench/release") {
      this.hold?.resolve();
      this.hold = undefined;
    }
    const state: ReplayState = { requests: this.requests, waiting: this.waiting };
    response.end(JSON.stringify(state));
  }
}

async function main(): Promise<void> {
  const emulator = await startAwsEmulator({ clock: "real" });
  for (let index = 0; index < Number(process.argv[2]); index++) emulator.addInstance(seed(index));
  const replay = new Replay(await record(emulator), emulator.endpoint);
  const server = http.createServer((request, response) => {
    replay.answer(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const started: ReplayStarted = { endpoint: `http://127.0.0.1:${port}` };
  process.send?.(started);
}

process.once("disconnect", () => process.exit());
await main();
