import { spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const dist = fileURLToPath(new URL("../../dist", import.meta.url))
const main = join(dist, "cli/main.js")
const isBuilt = existsSync(main) && existsSync(join(dist, "index.js"))
const folder = mkdtempSync(join(tmpdir(), "run-"))
afterAll(() => { rmSync(folder, { recursive: true }) })

interface Running {
  readonly pid: number
  /** Lines of standard output so far. */
  lines(): readonly Record<string, unknown>[]
  until(kind: string): Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>
  signal(name: NodeJS.Signals): void
  closeOutput(): void
}

const run = (...given: readonly string[]): Running => {
  const child = spawn(process.execPath, [main, ...given], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk: Buffer) => { out += chunk.toString() })
  child.stderr.on("data", (chunk: Buffer) => { err += chunk.toString() })
  const lines = (): Record<string, unknown>[] => out.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    pid: child.pid ?? 0,
    lines,
    until: async (kind) => {
      while (!lines().some((line) => line["type"] === kind || line["kind"] === kind)) await new Promise((resolve) => { setTimeout(resolve, 20) })
    },
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, err })),
    signal: (name) => { child.kill(name) },
    closeOutput: () => { child.stdout.destroy() },
  }
}
const preset = (port: number): string => {
  const path = join(folder, `${port}.yaml`)
  writeFileSync(path, `party: Test\nnetwork: { listen: 127.0.0.1:${port}, send: [] }\nsources: [{ name: Beep, tone: 440Hz, gain: -20dB }]\noutputs: [{ null: true }]\n`)
  return path
}
const freePort = async (): Promise<number> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  await new Promise<void>((resolve) => { socket.close(() => resolve()) })
  return port
}

describe.skipIf(!isBuilt)("a party from the command line", () => {
  it("prints a start line, events at once, statistics each second, and ends with 0 after its time", async () => {
    const party = run("run", preset(await freePort()), "--for", "1.5s", "--json")
    expect(await party.ended).toEqual({ code: 0, err: "" })
    const lines = party.lines()
    expect(lines[0]).toMatchObject({ type: "start", party: "Test" })
    expect(new Set(lines.map((line) => line["type"]))).toEqual(new Set(["start", "event", "stats"]))
    expect(lines.find((line) => line["type"] === "stats")).toMatchObject({ party: "Test", strips: [{ name: "Beep" }] })
  })
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("stops cleanly at %s", async (signal) => {
    const party = run("run", preset(await freePort()), "--json")
    await party.until("stats")
    party.signal(signal)
    expect(await party.ended).toEqual({ code: 0, err: "" })
  })
  it("says nothing when quiet", async () => {
    const party = run("run", preset(await freePort()), "--for", "300ms", "--quiet")
    expect(await party.ended).toEqual({ code: 0, err: "" })
    expect(party.lines()).toEqual([])
  })
  it("tells of a port that is taken, and exits with 2", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1")
    await once(socket, "listening")
    const { port } = socket.address()
    const { code, err } = await run("run", preset(port), "--json").ended
    socket.close()
    expect(code).toBe(2)
    expect(err).toContain(String(port))
    expect(err).not.toMatch(/^\s+at .*:\d+:\d+/m)
  })
  it("ends quietly when its reader has gone", async () => {
    const party = run("run", preset(await freePort()), "--json")
    await party.until("stats")
    party.closeOutput()
    expect(await party.ended).toEqual({ code: 0, err: "" })
  })
  it.skipIf(process.platform !== "linux")("brings a killed engine back, and says so", async () => {
    const party = run("run", preset(await freePort()), "--json")
    await party.until("stats")
    const engine = Number(readFileSync(`/proc/${party.pid}/task/${party.pid}/children`, "utf8").trim().split(" ")[0])
    expect(engine).toBeGreaterThan(1)
    process.kill(engine, "SIGKILL")
    await party.until("engine restarted")
    party.signal("SIGINT")
    expect((await party.ended).code).toBe(0)
  })
})
