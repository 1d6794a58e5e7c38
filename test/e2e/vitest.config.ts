import path from "node:path";
import { defineConfig } from "vitest/config";

/** A person's journeys, one window at a time: each starts a VS Code of its own. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    retry: 1, // VS Code itself drops toasts that come quickly; what fails twice has failed
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
