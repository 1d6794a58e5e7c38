import { afterEach, expect, test, vi } from "vitest";
import { GpuDevError } from "../../../src/core/error.ts";
import { sentence } from "../../../src/core/sentence.ts";
import { FakeSession, workingMachine } from "../../fakes/session.ts";
import { healthBench, pass } from "../../fakes/health.ts";

const CYCLES = 200;

afterEach(() => void vi.useRealTimers());

/** One life of a service, ended wherever it happens to be after `turns` of the event loop. */
async function liveAndDie(cycle: number, turn: () => Promise<unknown>): Promise<readonly FakeSession[]> {
  const { health, sessions } = healthBench(async (id) => {
    if (cycle % 3 === 0) await turn();
    if (id === "gone") throw new GpuDevError("unreachable", sentence("There is no such host."));
    return new FakeSession(workingMachine());
  });
  for (const id of ["box", "gone", "other"]) health.show(id, cycle % 2 === 0 ? "stream" : "detail");
  for (let turns = 0; turns < cycle % 7; turns++) await turn();
  health.dispose();
  health.dispose();
  expect(health.show("box", "glance")).toBeDefined();
  await turn();
  await turn();
  return sessions;
}

test(`${CYCLES} services that are disposed of in the middle of their work leave no session, listener or timer behind`, async () => {
  vi.useFakeTimers();
  const sessions: FakeSession[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) sessions.push(...(await liveAndDie(cycle, () => pass(cycle * 31))));
  expect(sessions.length).toBeGreaterThan(CYCLES);
  expect(sessions.filter(({ closed, hasListeners }) => !closed || hasListeners)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test(`${CYCLES} services leave nothing that keeps a process alive`, async () => {
  const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
  const before = process.getActiveResourcesInfo();
  for (let cycle = 0; cycle < CYCLES; cycle++) await liveAndDie(cycle, turn);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before.length);
});
