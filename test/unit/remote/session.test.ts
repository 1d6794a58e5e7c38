import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { textOfUtf8 } from "../../../src/core/utf8.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import {
  createHome,
  createTestRemote,
  errorOf,
  forever,
  host,
  output,
  severalInATurn,
  until,
  type Home,
} from "./support.ts";

describe("a session over ssh2 to a real server", () => {
  let home: Home;
  let server: Sshd;
  let session: Session;

  beforeAll(async () => {
    home = await createHome();
    server = await startSshd({ directory: home.file("server"), environment: { HOME: home.directory } });
    await home.know(server);
    await home.configure(server.sshConfig("box"));
    session = await createTestRemote(home).openSession(host("box"), "background", forever);
  });

  afterAll(async () => {
    session.close();
    await server.stop();
    await home.remove();
  });

  async function openTo(other: Sshd): Promise<Session> {
    await home.know(server, other);
    await home.configure(server.sshConfig("box"), other.sshConfig("other"));
    return createTestRemote(home).openSession(host("other"), "background", forever);
  }

  it("is made by the built-in client and finds a POSIX shell", () => {
    expect(session.transport).toBe("ssh2");
    expect(session.shell).toBe("posix");
  });

  it("runs a command and reports output, errors and the exit code apart", async () => {
    const result = await session.exec("echo out; echo err >&2; exit 7", { signal: forever, timeoutMs: 10_000 });
    expect(result).toEqual({ stdout: "out\n", stderr: "err\n", exitCode: 7, truncated: false });
  });

  it("reports no exit code for a command that a signal ended", async () => {
    const result = await session.exec("kill -9 $$", { signal: forever, timeoutMs: 10_000 });
    expect(result.exitCode).toBeUndefined();
  });

  it("reports the exit code of commands that are over before this busy process looks again", async () => {
    const busy = setInterval(() => {
      const until = performance.now() + 15;
      while (performance.now() < until);
    }, 1);
    try {
      const codes: (number | undefined)[] = [];
      for (let turn = 0; turn < 60; turn++) {
        codes.push((await session.exec("exit 3", { signal: forever, timeoutMs: 10_000 })).exitCode);
      }
      expect(new Set(codes)).toEqual(new Set([3]));
    } finally {
      clearInterval(busy);
    }
  });

  it("gives a command no input to wait for", async () => {
    expect(await output(session, "cat; echo done")).toBe("done\n");
  });

  it("keeps characters whole across packets", async () => {
    const stdout = await output(session, "i=0; while [ $i -lt 20000 ]; do printf 'é€𝄞'; i=$((i+1)); done");
    expect(stdout).toBe("é€𝄞".repeat(20_000));
  });

  it("drops output beyond the limit and says so", async () => {
    const result = await session.exec("head -c 9000000 /dev/zero | tr '\\0' x; exit 3", {
      signal: forever,
      timeoutMs: 20_000,
      maxBytes: 1000,
    });
    expect(result.stdout).toBe("x".repeat(1000));
    expect(result).toMatchObject({ truncated: true, exitCode: 3 });
  });

  it("lets go of a hung command and stays usable", async () => {
    const error = await errorOf(session.exec("exec sleep 20", { signal: forever, timeoutMs: 300 }));
    expect(error.code).toBe("timeout");
    expect(await output(session, "echo usable")).toBe("usable\n");
  });

  it("ends with a reason once hung commands have used up what the server allows", async () => {
    const small = await startSshd({
      directory: home.file("small"),
      settings: ["MaxSessions 3"],
      environment: { HOME: home.directory },
    });
    const crowded = await openTo(small);
    const reason = new Promise((resolve) => crowded.onDidClose(resolve));
    for (let hung = 0; hung < 3; hung += 1) {
      await errorOf(crowded.exec("trap '' TERM; sleep 20 & wait", { signal: forever, timeoutMs: 200 }));
    }
    expect((await errorOf(output(crowded, "echo room"))).code).toBe("busy");
    expect(await reason).toMatchObject({ code: "busy" });
    await small.stop();
  });

  it("rejects with an abort as soon as the caller gives up", async () => {
    const abort = new AbortController();
    const running = session.exec("exec sleep 985", { signal: abort.signal, timeoutMs: 60_000 });
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });

  it("streams a running command line by line until it is stopped", async () => {
    const stream = await session.stream("i=0; while sleep 0.05; do i=$((i+1)); echo line $i; done", forever);
    let text = "";
    stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
    await until("three lines have come", () => text.includes("line 3\n"));
    stream.stop();
    await stream.ended;
    expect(text.startsWith("line 1\nline 2\n")).toBe(true);
  });

  it("tells several lines in a row where nobody waits for each", async () => {
    const stream = await session.stream("while sleep 0.03; do echo line; done", forever, "together");
    await severalInATurn(stream);
    stream.stop();
    await stream.ended;
  });

  it("ends a stream whose command reads its input to the end", async () => {
    const stream = await session.stream("cat; exit 5", forever);
    stream.stop();
    await stream.ended;
  });

  it("tells a stream's exit code and its first words even when it ends at once", async () => {
    const stream = await session.stream("echo out; echo err >&2; exit 4", forever);
    let text = "";
    stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
    stream.onStderr((chunk) => (text += chunk));
    expect(await stream.ended).toEqual({ exitCode: 4 });
    expect(text).toContain("out\n");
    expect(text).toContain("err\n");
  });

  it("stops a stream when its signal aborts", async () => {
    const abort = new AbortController();
    const stream = await session.stream("cat", abort.signal);
    abort.abort();
    await stream.ended;
  });

  it("fires onDidClose without a reason when it is closed on purpose, and refuses commands after", async () => {
    const own = await createTestRemote(home).openSession(host("box"), "background", forever);
    const reasons: unknown[] = [];
    own.onDidClose((reason) => reasons.push(reason));
    own.close();
    own.close();
    expect(reasons).toEqual([undefined]);
    expect((await errorOf(output(own, "true"))).code).toBe("unreachable");
  });

  it("fires onDidClose with the reason when the server goes away, and ends what was running", async () => {
    const other = await startSshd({ directory: home.file("other server"), environment: { HOME: home.directory } });
    const own = await openTo(other);
    const reason = new Promise((resolve) => own.onDidClose(resolve));
    const running = errorOf(own.exec("sleep 60", { signal: forever, timeoutMs: 60_000 }));
    const stream = await own.stream("sleep 60", forever);
    await other.stop();
    expect(await reason).toMatchObject({ code: "unreachable" });
    expect((await running).code).toBe("unreachable");
    expect(await stream.ended).toEqual({ exitCode: undefined });
  });
});
