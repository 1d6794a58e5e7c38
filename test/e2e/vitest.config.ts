import path from "node:path";
import { defineConfig } from "vitest/config";

/** A person's journeys, each file in a window and a VS Code of its own; they mostly wait, so two at a time. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/e2e/**/*.test.ts"],
    maxWorkers: 2,
    retry: 1, // a busy machine drops a toast or a key; journey.ts names every test that needed it
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
