import { execFile } from "node:child_process";
import { createServer as createHttpServer, request as requestOf } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { createServer as createTlsServer } from "node:https";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { seedMachines } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const run = promisify(execFile);
const WAIT_MS = 60_000;
/** Nobody but the proxy knows it. */
const HOST = "ec2.aws.example";

/** A company's proxy: the only way to AWS, with a certificate of its own making. */
interface Proxy {
  readonly port: number;
  readonly authority: string;
  /** What it was asked to connect to. */
  readonly tunnels: string[];
  /** Where AWS really is. */
  target: string;
  stop(): void;
}

async function startProxy(directory: string): Promise<Proxy> {
  const [keyFile, authority] = [path.join(directory, "proxy.key"), path.join(directory, "proxy.pem")];
  const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`, "-days", "2"];
  await run("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    keyFile,
    "-out",
    authority,
    ...subject,
  ]);
  const tunnels: string[] = [];
  const inside = createTlsServer({ key: await readFile(keyFile), cert: await readFile(authority) }, (asked, answer) => {
    const { method = "GET", headers, url = "/" } = asked;
    const passed = requestOf(new URL(url, proxy.target), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  const outside = createHttpServer((_asked, answer) => answer.writeHead(405).end());
  outside.on("connect", ({ url = "" }, socket: net.Socket) => {
    tunnels.push(url);
    socket.on("error", () => socket.destroy());
    const within = net.connect(port(inside), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      within.pipe(socket).pipe(within);
    });
    within.on("error", () => socket.destroy());
  });
  await Promise.all(
    [inside, outside].map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))),
  );
  const proxy: Proxy = {
    ...{ port: port(outside), authority, tunnels, target: "" },
    stop: () => [inside, outside].forEach((server) => server.close()),
  };
  return proxy;
}

function port(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}

describe("a person behind a proxy", () => {
  let visit: Visit;
  let proxy: Proxy;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-proxy-"));
    proxy = await startProxy(directory);
    visit = await startVisit({
      cloud: true,
      settings: {
        "gpuDev.ssh.showConfigHosts": false,
        "gpuDev.aws.gpuOnly": false,
        "http.proxy": `http://127.0.0.1:${proxy.port}`,
      },
      environment: { AWS_ENDPOINT_URL: `https://${HOST}`, NODE_EXTRA_CA_CERTS: proxy.authority },
      prepare: ({ cloud }) => {
        if (!cloud) expect.fail("The session has no cloud.");
        proxy.target = cloud.emulator.endpoint;
        seedMachines(cloud);
        return Promise.resolve();
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
    proxy.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const journey = journeys(() => visit, { timeout: 180_000 });

  journey("sees the machines of the account, which only the proxy reaches", async () => {
    await ui.treeRow(visit.page, /^notebook-ana/).waitFor({ timeout: WAIT_MS });
    expect(new Set(proxy.tunnels)).toContain(`${HOST}:443`);
  });
});
