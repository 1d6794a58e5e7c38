import { describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { RemoteRun, type RunEnd } from "../../../src/health/remoteRun.ts";

const THROWING: Session = {
  transport: "local",
  shell: "posix",
  exec: () => Promise.reject(new Error("unused")),
  stream: () => {
    throw new TypeError("no such argument");
  },
  onDidClose: () => ({ dispose: () => undefined }),
  close: () => undefined,
};

describe("a remote command", () => {
  it("that cannot even be asked for has ended, and says why", async () => {
    const end = await new Promise<RunEnd>((resolve) => {
      new RemoteRun(
        THROWING,
        { command: "nvidia-smi", delivery: "at once" },
        { onStdout: () => undefined, onEnded: resolve },
      );
    });
    expect(end).toMatchObject({ exitCode: undefined, error: { message: "no such argument" } });
  });
});
