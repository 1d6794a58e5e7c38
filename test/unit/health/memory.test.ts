import { describe, expect, it, vi } from "vitest";
import { createMemory } from "../../../src/health/memory.ts";
import type { StateChange } from "../../../src/health/stateFile.ts";
import type { StoredState } from "../../../src/health/storedState.ts";

const H100 = (count: number): { readonly model: string; readonly count: number } => ({ model: "NVIDIA H100", count });

function aState(remembered: Readonly<Record<string, number>>): StoredState & { readonly changes: StateChange[] } {
  const changes: StateChange[] = [];
  return {
    changes,
    lastSeen: (id) => {
      const count = remembered[id];
      return count === undefined ? undefined : { spec: H100(count), seenAt: 1 };
    },
    pinned: "ssh/config/pinned",
    update: (change) => {
      changes.push(change);
      return Promise.resolve();
    },
  };
}

describe("what is remembered between sessions of the editor", () => {
  it("is empty until it has been read, and says when it has", async () => {
    const memory = createMemory(
      () => Promise.resolve(aState({ a: 8 })),
      Date.now,
      () => undefined,
    );
    const read = vi.fn();
    memory.onDidRead(read);
    expect(memory.spec("a")).toBeUndefined();
    await vi.waitUntil(() => read.mock.calls.length === 1);
    expect(memory.spec("a")).toEqual(H100(8));
    expect(memory.pinned).toBe("ssh/config/pinned");
  });

  it("keeps what was seen meanwhile, but never as fewer GPUs than it expects", async () => {
    const state = aState({ a: 8 });
    const memory = createMemory(
      () => Promise.resolve(state),
      () => 7,
      () => undefined,
    );
    memory.rememberSpec("a", H100(7));
    memory.rememberSpec("b", H100(2));
    await vi.waitUntil(() => state.changes.length === 2);
    expect(state.changes).toEqual([
      { kind: "seen", environmentId: "a", gpus: { spec: H100(8), seenAt: 7 } },
      { kind: "seen", environmentId: "b", gpus: { spec: H100(2), seenAt: 7 } },
    ]);
  });

  it("costs the memory only, with a line in the log, when it cannot be read", async () => {
    const lines: string[] = [];
    const memory = createMemory(
      () => Promise.reject(new Error("EIO")),
      Date.now,
      (line) => lines.push(line),
    );
    await vi.waitUntil(() => lines.length === 1);
    expect(lines).toEqual(["Nothing is remembered: EIO"]);
    expect(memory.pinned).toBeUndefined();
  });
});
