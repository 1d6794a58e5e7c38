import path from "node:path";
import { defineConfig } from "vitest/config";

/** A person's journeys, one window at a time: each starts a VS Code of its own. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    retry: 1, // a busy machine drops a toast or a key; journey.ts names every test that needed it
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
