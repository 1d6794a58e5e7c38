import { defineConfig } from "vitest/config";

/** The pages in a real browser: slower than the unit tests, so apart from them. */
export default defineConfig({
  test: {
    include: ["test/webviews/**/*.test.ts"],
    testTimeout: process.env["GPU_DEV_FAULTS"] === "full" ? 1_200_000 : 120_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
