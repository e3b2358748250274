import { defineConfig } from "vitest/config"

/** Whole engines and threads under stress, judged by their timing: one file at a time, so that they do not take the beat from each other. */
const alone = [
  "collections", "flood", "interop", "jitter-live", "latency", "recording", "stall", "supervision", "trace", "transparent",
].map((name) => `test/scenario/${name}.test.ts`).concat("test/runtime/ring/threads.test.ts")
/** Whole engines, too, that wait for most of their time: two files at a time. */
const pairs = ["test/scenario/**/*.test.ts", "test/runtime/io/device/devices.test.ts", "test/cli/run.test.ts"]
/** A minute in real time, with priority over what else runs: beside the parts. */
const long = ["test/scenario/drift.test.ts"]

// Real time on a machine that others may stop for a moment: once more, and the runner says that it was.
const realTime = { testTimeout: 60_000, hookTimeout: 60_000, retry: 1 } as const

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      { test: { name: "long", include: long, ...realTime, maxWorkers: 3, sequence: { groupOrder: 0 } } },
      {
        test: {
          name: "parts", include: ["test/**/*.test.ts"], exclude: [...alone, ...pairs], testTimeout: 20_000, hookTimeout: 30_000,
          maxWorkers: 3, sequence: { groupOrder: 0 },
        },
      },
      { test: { name: "pairs", include: pairs, exclude: [...alone, ...long], ...realTime, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { test: { name: "whole", include: alone, ...realTime, fileParallelism: false, sequence: { groupOrder: 2 } } },
    ],
  },
})
