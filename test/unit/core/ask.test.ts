import { describe, expect, it } from "vitest";
import { questionText } from "../../../src/core/ask.ts";

const question = { host: "box", user: "jane", name: "", instructions: "", prompts: [] };
const password = { text: "Password: ", echo: false };

describe("a question of the far side", () => {
  it("shows name, instructions and prompt, and nothing for what is empty", () => {
    expect(questionText({ ...question, name: "Cluster", instructions: "Two of two" }, password)).toBe(
      "Cluster · Two of two · Password:",
    );
    expect(questionText({ ...question, name: " \n" }, password)).toBe("Password:");
  });

  it("stays in sight behind a name of any length, and holds no control characters", () => {
    const text = questionText({ ...question, name: "x".repeat(5000), instructions: "a\u202Eb\nc" }, password);
    expect(text).toMatch(/^x{63}… · a b c · Password:$/);
  });
});
