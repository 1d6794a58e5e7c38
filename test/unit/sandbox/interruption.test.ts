import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../../../src/core/connection.ts";
import type { Session } from "../../../src/core/session.ts";
import { Inventory } from "../../../src/core/inventory.ts";
import { createHealth } from "../../../src/health/healthService.ts";
import { Interruptions, type InterruptionNews } from "../../../src/health/interruptions.ts";
import { parseSpotNotice, spotNotice } from "../../../src/providers/aws/spotNotice.ts";
import { createOpenSession } from "../../../src/remote/openSession.ts";
import { createInstanceHost, type InstanceHost } from "../../sandbox/instances.ts";
import type { RunningBox } from "../../sandbox/boxes.ts";
import { withEmulatedAws } from "../providers/aws/emulated.ts";

const NOTICE_MS = 8_000;
/** Until it was asked, which happens every five seconds, and once more. */
const HEARD_MS = 15_000;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.skipIf(!existsSync("/usr/sbin/sshd"))("the metadata service of a box", () => {
  it("is read by our own command over real SSH", async () => {
    const { host, open } = await instanceHost();
    const box = await start(host, "i-00000000000000001");
    const session = await open(box);
    const ask = async () => {
      const { stdout } = await session.exec(`exec sh -c '${spotNotice.command}'`, {
        signal: AbortSignal.timeout(HEARD_MS),
        timeoutMs: HEARD_MS,
      });
      return parseSpotNotice(stdout);
    };
    expect(await ask()).toBeUndefined();
    const at = Math.floor(Date.now() / 1000) * 1000 + 120_000;
    box.announce({ action: "stop", at });
    const notice = await ask();
    expect(notice).toMatchObject({ action: "stop", at });
    expect(Math.abs((notice?.saidAt ?? 0) - Date.now())).toBeLessThan(5_000);
    box.announce(undefined);
    expect(await ask()).toBeUndefined();
  }, 60_000);
});

describe.skipIf(!existsSync("/usr/sbin/sshd"))("a Spot instance that AWS takes back", () => {
  it("is announced over the session that is open, stopped, and told to be back when it is", async () => {
    const { host, open } = await instanceHost();
    await withEmulatedAws(
      async ({ emulator, provider }) => {
        const id = emulator.addInstance({ spot: { persistent: true, interruption: "stop" }, tags: { Name: "render" } });
        const box = await start(host, id);
        const inventory = new Inventory([provider()], Date.now);
        await inventory.refreshAll();
        const [environment] = inventory.environments();
        const { health, news } = watching(inventory, () => open(box));
        health.show(environment?.id ?? "", "glance");
        await vi.waitFor(() => expect(health.watch(environment?.id ?? "").kind).toBe("live"), HEARD_MS);
        const at = Date.now() + NOTICE_MS;
        emulator.interruptSpot(id, "stop");
        await vi.waitFor(() => expect(kindsOf(news)).toEqual(["noticed"]), HEARD_MS);
        expect(news[0]?.interruption).toMatchObject({ action: "stop", platform: "AWS", restartedBy: "platform" });
        expect(Math.abs((news[0]?.interruption.at ?? 0) - at)).toBeLessThan(3_000);
        expect(news[0]?.interruption.consequences?.lost.length).toBeGreaterThan(0);
        await vi.waitFor(() => expect(kindsOf(news)).toEqual(["noticed", "over"]), 60_000);
        expect(news[1]?.environment?.state).toBe("stopped");
        emulator.resumeSpot(id);
        await vi.waitFor(async () => {
          await inventory.refreshAll();
          expect(kindsOf(news)).toEqual(["noticed", "over", "returned"]);
        }, HEARD_MS);
      },
      {
        clock: "real",
        machines: host,
        durations: { interruptionNoticeMs: NOTICE_MS, stoppingMs: 100, pendingMs: 100 },
      },
    );
  }, 120_000);
});

const kindsOf = (news: readonly InterruptionNews[]): readonly string[] => news.map(({ kind }) => kind);

function watching(inventory: Inventory, open: () => Promise<Session>) {
  const interruptions = new Interruptions({ inventory, clock: Date.now, log: () => undefined });
  const news: InterruptionNews[] = [];
  interruptions.onDidHear((heard) => news.push(heard));
  const health = createHealth({
    ...{ interruptions, specs: { spec: () => undefined, rememberSpec: () => undefined } },
    ...{ clock: Date.now, random: Math.random, log: () => undefined },
    connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
    openSession: open,
  });
  for (const owned of [inventory, interruptions, health]) cleanUps.push(() => owned.dispose());
  return { health, news };
}

/** Instances of an emulated cloud, and a way to a session on each. */
async function instanceHost() {
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-spot-"));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  const host = await createInstanceHost(path.join(directory, "instances"), await freePort());
  cleanUps.push(() => host.stopAll());
  const neverAsked = (): never => expect.fail("Nobody is there to be asked.");
  const openSession = createOpenSession({
    ask: { trustHostKey: neverAsked, passphrase: neverAsked, answers: neverAsked },
    sshProgram: () => "ssh",
    configFile: () => path.join(directory, "config"),
    trustFile: path.join(directory, "known_hosts"),
    log: () => undefined,
    environment: process.env,
    platform: process.platform,
  });
  const open = async ({ alias, sshd }: RunningBox): Promise<Session> => {
    await writeFile(path.join(directory, "config"), sshd.sshConfig(alias));
    await writeFile(path.join(directory, "known_hosts"), sshd.knownHosts);
    const connection: Connection = { kind: "ssh", alias };
    const session = await openSession(connection, "background", new AbortController().signal);
    cleanUps.push(() => session.close());
    return session;
  };
  return { host, open };
}

async function start(host: InstanceHost, id: string): Promise<RunningBox> {
  await host.start({ id, instanceType: "g5.xlarge" });
  const box = host.box(id) ?? expect.fail("The box has not started.");
  const key = await readFile(path.join(box.directory, "userkey.pub"), "utf8");
  await writeFile(path.join(box.directory, "authorized_keys"), key);
  return box;
}

/** At which all instances answer, each at an address of its own. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.1.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : expect.fail("There is no free port.");
}
