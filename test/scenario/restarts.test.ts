/** Fifty parties, one after the other, in one process: nothing of them may stay. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const rounds = 50
/** Code is compiled, pools of the runtime are filled. */
const warmUpRounds = 10

interface Round {
  readonly threads: number
  readonly files: number
  readonly resources: number
  readonly names: readonly string[]
  readonly heard: boolean
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

const folder = mkdtempSync(join(tmpdir(), "restarts-"))
afterAll(() => rmSync(folder, { recursive: true }))

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

/** Growth a round by the line that fits best. */
const slope = (values: readonly number[]): number => {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) / values.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
}

describe(`${rounds} starts and stops of a party in one process`, () => {
  const all: Round[] = []
  let exitCode: number | null = null

  beforeAll(async () => {
    const script = fileURLToPath(new URL("restarts-script.mjs", import.meta.url))
    const child = fork(script, [String(rounds), folder], { execArgv: ["--expose-gc"] })
    child.on("message", (round: Round) => void all.push(round))
    const [code] = (await once(child, "exit")) as [number | null]
    exitCode = code
    const after = all.slice(warmUpRounds)
    const range = (name: "threads" | "files" | "resources"): string =>
      `${name} ${Math.min(...all.map((round) => round[name]))} to ${Math.max(...all.map((round) => round[name]))}`
    const trend = (name: "rss" | "heapUsed" | "external"): string =>
      `${name} ${megabytes(after[0]?.[name] ?? 0)} to ${megabytes(after.at(-1)?.[name] ?? 0)} MB (${(slope(after.map((round) => round[name])) / 1024).toFixed(1)} kB a round)`
    console.log([range("threads"), range("files"), range("resources"), trend("rss"), trend("heapUsed"), trend("external")].join(", "))
  }, 120_000)

  it("all start, are heard, and leave a recording and a process that ends by itself", () => {
    expect(exitCode).toBe(0)
    expect(all.filter(({ heard }) => heard)).toHaveLength(rounds)
    expect(readdirSync(folder).filter((name) => name.endsWith(".wav"))).toHaveLength(rounds)
  })
  it.skipIf(process.platform !== "linux")("leave no thread (needs /proc)", () => {
    expect(Math.max(...all.map(({ threads }) => threads))).toBe(all[0]!.threads)
  })
  it.skipIf(process.platform !== "linux")("leave no socket and no file open (needs /proc)", () => {
    expect(Math.max(...all.map(({ files }) => files))).toBe(all[0]!.files)
  })
  it("leave no timer and nothing else that would keep the process", () => {
    // The channel to the test is the one thing that is waited for.
    expect(all.at(-1)!.names.filter((name) => name === "Timeout" || name.startsWith("UDP") || name.startsWith("Message"))).toEqual([])
    expect(Math.max(...all.map(({ resources }) => resources))).toBe(all[0]!.resources)
  })
  it("leave the heap and the memory as they were", () => {
    const after = all.slice(warmUpRounds)
    // A party's own arena is some ten megabytes: a single one kept a round would show a hundredfold.
    expect(slope(after.map(({ heapUsed }) => heapUsed))).toBeLessThan(20 * 1024)
    expect(slope(after.map(({ external }) => external))).toBeLessThan(20 * 1024)
    expect(slope(after.map(({ rss }) => rss))).toBeLessThan(400 * 1024)
  })
})
