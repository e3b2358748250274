import { defineConfig } from "vitest/config"

/** Whole engines, devices and threads under stress: one file at a time, so that they do not take the beat from each other. */
const alone = ["test/scenario/**/*.test.ts", "test/runtime/io/device/devices.test.ts", "test/runtime/ring/threads.test.ts", "test/cli/run.test.ts"]

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      {
        test: {
          name: "parts", include: ["test/**/*.test.ts"], exclude: alone, maxWorkers: 2, testTimeout: 20_000, hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "whole", include: alone, fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000,
          // Real time on a machine that others may stop for a moment: once more, and the runner says that it was.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
