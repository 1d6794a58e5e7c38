import { afterEach, describe, expect, it, vi } from "vitest";
import type { HealthDependencies } from "../../../src/health/healthService.ts";
import { LazyHealth } from "../../../src/health/lazyHealth.ts";
import { FakeSession, workingMachine } from "../../fakes/session.ts";

const opened: FakeSession[] = [];
const dependencies: HealthDependencies = {
  connectionOf: (alias) => Promise.resolve({ kind: "ssh", alias }),
  openSession: () => {
    const session = new FakeSession(workingMachine());
    opened.push(session);
    return Promise.resolve(session);
  },
  specs: { spec: () => ({ model: "NVIDIA H100", count: 8 }), rememberSpec: () => undefined },
  clock: Date.now,
  random: () => 0.5,
  log: () => undefined,
};
let health: LazyHealth | undefined;

afterEach(() => {
  health?.dispose();
  opened.length = 0;
});

describe("health before anybody has looked", () => {
  it("is idle, and knows what was remembered", () => {
    health = new LazyHealth(dependencies);
    expect(health.watch("box")).toEqual({ kind: "idle" });
    expect(health.lastSpec("box")?.count).toBe(8);
    expect(health.problems("box")).toEqual([]);
  });

  it("begins to watch at the first look, and tells what changes", async () => {
    health = new LazyHealth(dependencies);
    const told: string[] = [];
    health.onDidChange((id) => told.push(id));
    health.show("box", "stream");
    await vi.waitUntil(() => health?.watch("box").kind === "live" && told.includes("box"));
  });

  it("does not watch for who has looked away before it had begun", async () => {
    health = new LazyHealth(dependencies);
    health.show("gone", "stream").dispose();
    health.show("box", "stream");
    await vi.waitUntil(() => health?.watch("box").kind === "live");
    expect(opened).toHaveLength(1);
    expect(health.watch("gone").kind).toBe("idle");
  });

  it("lets go of who looks away later, and of everything when it is disposed", async () => {
    health = new LazyHealth(dependencies);
    const look = health.show("box", "stream");
    await vi.waitUntil(() => health?.watch("box").kind === "live");
    look.dispose();
    health.dispose();
    await vi.waitUntil(() => opened.every((session) => session.closed));
  });

  it("starts nothing when it is disposed while it loads", async () => {
    health = new LazyHealth(dependencies);
    const reconnecting = health.reconnect("box", new AbortController().signal);
    health.dispose();
    await reconnecting;
    expect(opened).toEqual([]);
  });
});
