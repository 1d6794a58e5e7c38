import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import {
  createHome,
  createTestRemote,
  errorOf,
  faultCount,
  forever,
  host,
  output,
  until,
  type Home,
} from "./support.ts";

const NOTICED_WITHIN_MS = 20_000;
const ROUND = 10;

let home: Home;
let server: Sshd;

beforeAll(async () => {
  home = await createHome();
  server = await startSshd({
    directory: home.file("server"),
    addresses: ["127.0.0.1", "127.0.0.2"],
    environment: { HOME: home.directory },
  });
  await home.know(server);
  const pipe = `${process.execPath} -e 'const s=require("net").connect(+process.argv[2],process.argv[1]);process.stdin.pipe(s).pipe(process.stdout)' %h %p`;
  await home.configure(
    server.sshConfig("direct"),
    server.sshConfig("jumped", "127.0.0.2"),
    "  ProxyJump direct",
    server.sshConfig("piped"),
    `  ProxyCommand ${pipe}`,
  );
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

async function openMany(count: number): Promise<readonly Session[]> {
  const remote = createTestRemote(home);
  const ways = ["direct", "direct", "jumped", "piped"];
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      remote.openSession(host(ways[index % ways.length] ?? "direct"), "background", forever),
    ),
  );
}

describe.skipIf(process.platform !== "linux")("a peer that falls silent (F-12)", () => {
  it("is noticed within 20 s, and nothing of the connection is left", { timeout: 900_000 }, async () => {
    let left = faultCount(4, 100);
    const warmUp = await openMany(4);
    for (const session of warmUp) session.close();
    await until("the server has let go", async () => (await server.processes()).length === 1);
    const before = { files: await openFiles(), sockets: sockets() };
    while (left > 0) {
      const sessions = await openMany(Math.min(left, ROUND));
      left -= sessions.length;
      const hung = sessions.map((session) =>
        session.exec("true", { signal: forever, timeoutMs: 60_000 }).catch(() => undefined),
      );
      await server.pause();
      const silentSince = performance.now();
      const reasons = await Promise.all(
        sessions.map((session) => new Promise((resolve) => session.onDidClose(resolve))),
      );
      expect(performance.now() - silentSince).toBeLessThan(NOTICED_WITHIN_MS);
      for (const reason of reasons) expect(reason).toMatchObject({ code: "unreachable" });
      // What ran when the peer fell silent has an end as well: it was answered just before, or it failed.
      await Promise.all(hung);
      await server.resume();
    }
    await until("the server has let go", async () => (await server.processes()).length === 1);
    await until(
      "every socket is closed",
      async () => sockets() <= before.sockets && (await openFiles()) <= before.files,
    );
  });

  it("is not declared dead when it answers again in time", { timeout: 60_000 }, async () => {
    const [session] = await openMany(1);
    if (!session) throw new Error("There is no session.");
    const reasons: unknown[] = [];
    session.onDidClose((reason) => reasons.push(reason));
    await server.pause();
    const late = output(session, "echo late");
    await new Promise((resolve) => setTimeout(resolve, 7000));
    await server.resume();
    expect(await late).toBe("late\n");
    expect(reasons).toEqual([]);
    session.close();
  });

  it("does not hold up the opening of a session beyond its time", { timeout: 60_000 }, async () => {
    await home.configure(server.sshConfig("direct"), "  ConnectTimeout 2");
    await server.pause();
    const error = await errorOf(createTestRemote(home).openSession(host("direct"), "background", forever));
    await server.resume();
    expect(error.code).toBe("timeout");
  });

  it("lets go of an opening that is given up", async () => {
    await home.configure(server.sshConfig("direct"), "  ConnectTimeout 30");
    await server.pause();
    const abort = new AbortController();
    const opening = createTestRemote(home).openSession(host("direct"), "background", abort.signal);
    setTimeout(() => abort.abort(), 300);
    await expect(opening).rejects.toMatchObject({ name: "AbortError" });
    await server.resume();
    await until("the socket is closed", () => sockets() === 0);
  });
});
