import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"],
    testTimeout: 60_000, // for what hangs; a busy machine is no failure
    maxWorkers: 2,
  },
});
