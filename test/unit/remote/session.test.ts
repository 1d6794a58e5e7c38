import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createHome, createTestRemote, errorOf, forever, host, output, until, type Home } from "./support.ts";

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

  it("closes the channel of a hung command, ends the command and stays usable", async () => {
    const hung = session.exec("exec sleep 987", { signal: forever, timeoutMs: 300 });
    const error = await errorOf(hung);
    expect(error.code).toBe("timeout");
    await until("the hung command is gone", async () => !(await output(session, "ps -eo args")).includes("sleep 987"));
  });

  it("lets many hung commands go without running into the server's limit of sessions", async () => {
    const hung = Array.from({ length: 120 }, () =>
      errorOf(session.exec("exec sleep 986", { signal: forever, timeoutMs: 1500 })),
    );
    for (const error of await Promise.all(hung)) expect(["timeout", "unreachable"]).toContain(error.code);
    await until("there is room again", async () => (await output(session, "echo room").catch(() => "")) === "room\n");
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
    stream.onStdout((chunk) => (text += chunk));
    await until("three lines have come", () => text.includes("line 3\n"));
    stream.stop();
    await stream.ended;
    expect(text.startsWith("line 1\nline 2\n")).toBe(true);
  });

  it("ends a stream whose command reads its input to the end", async () => {
    const stream = await session.stream("cat; exit 5", forever);
    stream.stop();
    await stream.ended;
  });

  it("tells a stream's exit code and its first words even when it ends at once", async () => {
    const stream = await session.stream("echo out; echo err >&2; exit 4", forever);
    let text = "";
    stream.onStdout((chunk) => (text += chunk));
    stream.onStderr((chunk) => (text += chunk));
    expect(await stream.ended).toEqual({ exitCode: 4 });
    expect(text).toContain("out\n");
    expect(text).toContain("err\n");
  });

  it("stops a stream when its signal aborts", async () => {
    const abort = new AbortController();
    const stream = await session.stream("exec sleep 984", abort.signal);
    abort.abort();
    await stream.ended;
    await until("the command is gone", async () => !(await output(session, "ps -eo args")).includes("sleep 984"));
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
    const other = await startSshd({ directory: home.file("other server") });
    await home.know(server, other);
    await home.configure(server.sshConfig("box"), other.sshConfig("other"));
    const own = await createTestRemote(home).openSession(host("other"), "background", forever);
    const reason = new Promise((resolve) => own.onDidClose(resolve));
    const running = errorOf(own.exec("sleep 60", { signal: forever, timeoutMs: 60_000 }));
    const stream = await own.stream("sleep 60", forever);
    await other.stop();
    expect(await reason).toMatchObject({ code: "unreachable" });
    expect((await running).code).toBe("unreachable");
    expect(await stream.ended).toEqual({ exitCode: undefined });
  });
});
