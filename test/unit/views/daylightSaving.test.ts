import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { createPacing, httpDate } from "../../../src/providers/aws/pacing.ts";
import { parseSpotNotice } from "../../../src/providers/aws/spotNotice.ts";
import { createFormat } from "../../../src/ui/format.ts";
import { costLines } from "../../../src/views/billingWords.ts";
import { environmentRow, type Speech } from "../../../src/views/environmentRow.ts";
import { interruptionWords } from "../../../src/views/interruptionWords.ts";
import { anEnvironment } from "../../fakes/environment.ts";

const HOUR_MS = 3_600_000;
/** In Berlin the clock goes from 3:00 back to 2:00 at this moment, and from 2:00 on to 3:00 at the other. */
const AUTUMN = Date.UTC(2026, 9, 25, 1);
const SPRING = Date.UTC(2026, 2, 29, 1);

const PRICE = { perHour: 1, currency: "USD", source: sentence("list"), date: "2026-11-01" };
const speech = (): Speech => ({
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
});
const running = (startedAt: number): Environment =>
  anEnvironment({ state: "running", startedAt, billing: { kind: "billing", price: PRICE } });

describe("F-18: where clocks are changed for the summer", () => {
  const zone = process.env["TZ"];
  beforeEach(() => void (process.env["TZ"] = "Europe/Berlin"));
  afterEach(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  it.each([
    ["25 hours of the longest day", Date.UTC(2026, 9, 24, 22), Date.UTC(2026, 9, 25, 23), "$25.00"],
    ["23 hours of the shortest day", Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22), "$23.00"],
    ["half an hour over the repeated one", AUTUMN - HOUR_MS / 4, AUTUMN + HOUR_MS / 4, "$0.50"],
    ["half an hour over the missing one", SPRING - HOUR_MS / 4, SPRING + HOUR_MS / 4, "$0.50"],
  ])("a machine costs %s", (_what, startedAt, now, cost) => {
    expect(costLines(running(startedAt), now, speech())[0]).toContain(`${cost} since its start`);
  });

  it.each([
    ["before the change in autumn", AUTUMN - HOUR_MS / 2, "Oct 25, 2026, 2:30 AM"],
    ["after the change in autumn", AUTUMN + HOUR_MS / 2, "Oct 25, 2026, 2:30 AM"],
    ["before the change in spring", SPRING - HOUR_MS / 2, "Mar 29, 2026, 1:30 AM"],
    ["after the change in spring", SPRING + HOUR_MS / 2, "Mar 29, 2026, 3:30 AM"],
  ])("a start %s is shown as the clock on the wall said", (_what, at, shown) => {
    const environment = { ...running(at), facts: [{ label: sentence("Launched"), value: { at } }] };
    const sight = { environment, watch: { kind: "idle" }, spec: undefined, problems: [] } as const;
    const { tooltip } = environmentRow({ ...sight, here: false, pinned: false, now: at + HOUR_MS }, speech());
    expect(tooltip().map((line) => line.replace(/\s/gu, " "))).toContain(`Launched: ${shown}`);
  });

  it.each([
    ["of today", "Sun, 25 Oct 2026 01:30:00 GMT"],
    ["without a zone, as servers of old write it", "Sun Oct 25 01:30:00 2026"],
    ["with a hyphen, as others do", "Sunday, 25-Oct-26 01:30:00 GMT"],
  ])("a date %s is read as that of Greenwich", (_what, text) => {
    expect(httpDate(text)).toBe(AUTUMN + HOUR_MS / 2);
    const pacing = createPacing(
      () => AUTUMN,
      () => 0.5,
    );
    pacing.refused({ retryAfter: text });
    expect(pacing.waitMs()).toBe(HOUR_MS / 2);
  });

  it("an interruption is counted down over the change as over any hour", () => {
    const stdout = `${AUTUMN / 1000 - 60}\n{"action":"stop","time":"2026-10-25T01:01:00Z"} 200`;
    const notice = parseSpotNotice(stdout);
    const interruption = { action: "stop", at: notice?.at ?? 0, platform: "AWS", restartedBy: "platform" } as const;
    expect(interruptionWords(interruption, AUTUMN - 60_000, speech().say)).toBe("interrupted in 2:00");
  });

  it("what lies in the future is never a cost below nothing, nor an age below zero", () => {
    const [line] = costLines(running(AUTUMN + 2 * HOUR_MS), AUTUMN, speech());
    expect(line).toBe("Costs $1.00 an hour · source: list, 2026-11-01");
    expect(speech().format.age(-2 * HOUR_MS)).toBe("0 sec. ago");
  });
});
