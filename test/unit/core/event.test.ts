import { describe, expect, it } from "vitest";
import { Emitter } from "../../../src/core/event.ts";

describe("an emitter", () => {
  it("tells every listener, also behind one that throws, and then throws what that one threw", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    emitter.event((value) => heard.push(`first ${value}`));
    emitter.event(() => {
      throw new Error("second");
    });
    emitter.event((value) => heard.push(`third ${value}`));
    expect(() => emitter.fire(1)).toThrow("second");
    expect(heard).toEqual(["first 1", "third 1"]);
  });

  it("tells those who listened when it began, whoever comes or goes meanwhile", () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    const first = emitter.event(() => {
      heard.push("first");
      second.dispose();
      emitter.event(() => heard.push("third"));
    });
    const second = emitter.event(() => heard.push("second"));
    emitter.fire(1);
    expect(heard).toEqual(["first", "second"]);
    first.dispose();
    emitter.fire(2);
    expect(heard).toEqual(["first", "second", "third"]);
  });

  it("counts a function that listens twice as two", () => {
    const emitter = new Emitter<number>();
    let count = 0;
    const listener = (): number => ++count;
    emitter.event(listener).dispose();
    emitter.event(listener);
    const twice = emitter.event(listener);
    twice.dispose();
    twice.dispose();
    emitter.fire(1);
    expect(count).toBe(1);
    emitter.dispose();
    expect(emitter.hasListeners).toBe(false);
  });
});
