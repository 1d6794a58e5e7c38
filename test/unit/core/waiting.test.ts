import { describe, expect, it } from "vitest";
import { sentence } from "../../../src/core/sentence.ts";
import { abortable, delay, follow, withDeadline } from "../../../src/core/waiting.ts";

const LATE = sentence("Too late.");

describe("abortable", () => {
  it("settles and releases when the signal aborts", async () => {
    const controller = new AbortController();
    let released = false;
    const waiting = abortable<never>(controller.signal, () => () => {
      released = true;
    });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(released).toBe(true);
  });

  it("starts nothing when the signal has already aborted", async () => {
    let started = false;
    const waiting = abortable<never>(AbortSignal.abort(), () => {
      started = true;
      return () => undefined;
    });
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    expect(started).toBe(false);
  });
});

describe("follow", () => {
  it("aborts with its parent and for its reason, also where the parent has aborted before", () => {
    const parent = new AbortController();
    const { controller } = follow(parent.signal);
    parent.abort("enough");
    expect(controller.signal.reason).toBe("enough");
    expect(follow(parent.signal).controller.signal.reason).toBe("enough");
  });

  it("leaves its parent alone, and after the release the parent leaves it alone", () => {
    const parent = new AbortController();
    const { controller, release } = follow(parent.signal);
    follow(parent.signal).controller.abort();
    expect(parent.signal.aborted).toBe(false);
    release();
    parent.abort();
    expect(controller.signal.aborted).toBe(false);
  });
});

describe("withDeadline", () => {
  it("does not take the deadline around it for its own", async () => {
    let inner: unknown;
    const work = (signal: AbortSignal): Promise<never> =>
      withDeadline(60_000, signal, sentence("Inner."), () => new Promise<never>(() => undefined));
    const outer = withDeadline(10, new AbortController().signal, LATE, (signal) =>
      work(signal).catch((error: unknown) => {
        inner = error;
        throw error;
      }),
    );
    await expect(outer).rejects.toThrow("Too late.");
    expect(inner).toMatchObject({ name: "AbortError" });
  });

  it("gives the result of work that is in time", async () => {
    expect(await withDeadline(1000, new AbortController().signal, LATE, () => Promise.resolve(7))).toBe(7);
  });

  it("rejects with a timeout, and aborts the work, even when the work never settles", async () => {
    let own: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<never> => {
      own = signal;
      return new Promise(() => undefined);
    };
    await expect(withDeadline(5, new AbortController().signal, LATE, work)).rejects.toMatchObject({ code: "timeout" });
    expect(own?.aborted).toBe(true);
  });

  it("passes a cancel by the caller through as a cancel, not as a timeout", async () => {
    const controller = new AbortController();
    const waiting = withDeadline(10_000, controller.signal, LATE, (signal) => delay(10_000, signal));
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });
});
