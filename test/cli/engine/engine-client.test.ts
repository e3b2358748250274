import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { firstValueFrom, filter, toArray } from "rxjs"
import { EngineFailed } from "../../../src/cli/engine/engine-failed.ts"
import { startEngine } from "../../../src/cli/engine/engine-client.ts"
import type { EngineClient, EngineOptions } from "../../../src/cli/engine/engine-client.ts"
import { PresetError, ResourceError } from "../../../src/runtime/errors.ts"
import { decodePresetObject } from "../../../src/runtime/preset/decode.ts"

const entry = new URL("../helpers/fake-engine.mjs", import.meta.url)
const limits = { firstMs: 5, longestMs: 20, deaths: 3, windowMs: 60_000 }

let folder: string
let engine: EngineClient | undefined
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "engine-")) })
afterEach(async () => {
  await engine?.stop()
  engine = undefined
  rmSync(folder, { recursive: true })
})

const marker = (): string => join(folder, "m")
const preset = (act: string): Parameters<typeof startEngine>[0] =>
  ({ ...decodePresetObject({ party: "fake" }, { plugins: [] }), party: JSON.stringify({ act, marker: marker() }) })
const start = (act: string, options: EngineOptions = {}): EngineClient => (engine = startEngine(preset(act), { entry, limits, ...options }))
const restarted = (client: EngineClient): Promise<unknown> => firstValueFrom(client.events.pipe(filter((event) => event.kind === "engine restarted")))
const notes = (): string[] => readFileSync(marker(), "utf8").trim().split("\n")
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const pidOf = async (client: EngineClient): Promise<number> => (await firstValueFrom(client.stats) as unknown as { pid: number }).pid

describe("the engine client", () => {
  it("starts, passes on events and statistics, and stops cleanly without leaving the process behind", async () => {
    const client = start("fine")
    const events = firstValueFrom(client.events.pipe(toArray()))
    await client.started
    const pid = await pidOf(client)
    expect(await client.sdp()).toEqual(["v=0"])
    await client.stop()
    await client.finished
    expect((await events).map((event) => event.kind)).toEqual(["party started"])
    expect(notes()).toEqual(["start", "stop"])
    expect(alive(pid)).toBe(false)
  })
  it.each([["crash once", "exit code 3"], ["segfault once", "SIGSEGV"], ["give up", "mixer lost too often"]])("brings the engine back after «%s», with every value set since", async (act, reason) => {
    const client = start(act)
    const notices = firstValueFrom(client.events.pipe(filter((event) => event.kind === "notice")))
    const back = restarted(client)
    await client.started
    await client.set("mix.master.gain", -3)
    expect((await notices).text).toContain(reason)
    await back
    expect(notes().slice(0, 4)).toEqual(["start", "set mix.master.gain -3", "start", "set mix.master.gain -3"])
  })
  it("lets time run on over a restart", async () => {
    const client = start("crash once")
    await client.started
    await restarted(client)
    expect((await firstValueFrom(client.stats)).timeMs).toBeGreaterThan(30)
  })
  it("gives up after too many deaths, with what the engine printed last, cleaned", async () => {
    const client = start("crash always")
    const error = await client.finished.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(EngineFailed)
    expect((error as EngineFailed).message).toContain("lost 4 times")
    expect((error as EngineFailed).chatter).toContain("ALSA lib: chatter of a sound library[31m")
    expect(notes().filter((line) => line === "start")).toHaveLength(4)
  })
  it("passes on a refused start as it is, and does not try again", async () => {
    const client = start("busy")
    await expect(client.started).rejects.toBeInstanceOf(ResourceError)
    await expect(client.finished).rejects.toThrow("port 5004 is taken")
  })
  it("ends when the party ends by itself", async () => {
    const client = start("end")
    await client.finished
    expect(notes()).toEqual(["start"])
  })
  it("tells a refused value as a PresetError and does not remember it", async () => {
    const client = start("fine")
    await client.started
    await expect(client.set("bad", 1)).rejects.toBeInstanceOf(PresetError)
  })
  it("stops within its deadline while the engine is away", async () => {
    const client = start("crash always", { limits: { ...limits, firstMs: 60_000, longestMs: 60_000 } })
    await firstValueFrom(client.events.pipe(filter((event) => event.kind === "notice")))
    await client.stop()
    await client.finished
  })
  it("can be ended at once", async () => {
    const client = start("fine")
    await client.started
    const pid = await pidOf(client)
    client.kill()
    await client.finished
    expect(alive(pid)).toBe(false)
  })
})
