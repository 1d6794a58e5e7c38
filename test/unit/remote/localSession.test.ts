import { afterEach, describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { textOfUtf8 } from "../../../src/core/utf8.ts";
import { createTestRemote, createHome, errorOf, forever, until } from "./support.ts";

let session: Session | undefined;
afterEach(() => session?.close());

async function open(): Promise<Session> {
  const home = await createHome();
  session = await createTestRemote(home).openSession({ kind: "local" }, "background", forever);
  await home.remove();
  return session;
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(process.platform === "win32")("a session on this machine", () => {
  it("runs commands by sh", async () => {
    const local = await open();
    expect([local.transport, local.shell]).toEqual(["local", "posix"]);
    expect(await local.exec("echo out; echo err >&2; exit 7", { signal: forever, timeoutMs: 5000 })).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 7,
      truncated: false,
    });
  });

  it("drops output beyond the limit", async () => {
    const limits = { signal: forever, timeoutMs: 10_000, maxBytes: 10 };
    const result = await (await open()).exec("head -c 3000000 /dev/zero | tr '\\0' x", limits);
    expect(result).toMatchObject({ stdout: "x".repeat(10), truncated: true, exitCode: 0 });
  });

  it("ends a hung command and its children, also those that ignore the polite signal", async () => {
    const local = await open();
    const stream = await local.stream(
      "trap '' TERM; (trap '' TERM; sleep 97532) & echo $!; wait; sleep 97533",
      forever,
    );
    let text = "";
    stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
    await until("the child is named", () => text.includes("\n"));
    const child = Number(text);
    expect(isRunning(child)).toBe(true);
    stream.stop();
    await stream.ended;
    await until("the child is gone", () => !isRunning(child));
    expect((await errorOf(local.exec("sleep 97534", { signal: forever, timeoutMs: 100 }))).code).toBe("timeout");
    // A command that ran out of time does not end the session.
    expect((await local.exec("echo on", { signal: forever, timeoutMs: 5000 })).stdout).toBe("on\n");
  });

  it("ends children that ignore the polite signal when their parent does not", async () => {
    const stream = await (
      await open()
    ).stream("(trap '' TERM; sleep 97535 & wait; sleep 97535) & echo $!; wait", forever);
    let text = "";
    stream.onStdout((chunk) => (text += textOfUtf8(chunk)));
    await until("the child is named", () => text.includes("\n"));
    stream.stop();
    await stream.ended;
    await until("the child is gone", () => !isRunning(Number(text)));
  });

  it("does not wait for a child in the background that holds the output", async () => {
    const started = performance.now();
    const result = await (await open()).exec("sleep 20 & echo done", { signal: forever, timeoutMs: 15_000 });
    expect(result.stdout).toBe("done\n");
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("ends streams and commands when it is closed, and says so once", async () => {
    const local = await open();
    const reasons: unknown[] = [];
    local.onDidClose((reason) => reasons.push(reason));
    const stream = await local.stream("cat", forever);
    const running = errorOf(local.exec("sleep 30", { signal: forever, timeoutMs: 30_000 }));
    local.close();
    local.close();
    await stream.ended;
    expect((await running).code).toBe("unreachable");
    expect(reasons).toEqual([undefined]);
    await expect(local.stream("true", forever)).rejects.toMatchObject({ code: "unreachable" });
  });
});
