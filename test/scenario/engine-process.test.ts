/** The engine as a child of the command line: it is brought back when it dies, and never outlives it. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { nowUs } from "../../src/runtime/io/clock.ts"
import { enginePid, isAlive, runCli, seesChildren, type Cli } from "../helpers/cli.ts"
import { freePort, sleep, until } from "../helpers/party-rig.ts"
import { hasProgram, probeSound, readSound } from "../helpers/read-wav.ts"

const rateHz = 48000
const toneHz = 440
const hasFfprobe = hasProgram("ffprobe")
/** What may be missing at the end of a recording whose writer was killed, s. */
const lostAtMostSeconds = 1

let folder: string
let party: Cli
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-"))
  const port = await freePort()
  writeFileSync(join(folder, "party.yaml"), [
    "party: Lives",
    `network: { listen: 127.0.0.1:${port}, send: [127.0.0.1:${port}], loopback: true, peers: 4 }`,
    "sources:",
    `  - { name: Beep, tone: ${toneHz}Hz, gain: -12dB, send: false, local: true }`,
    "  - { name: Sent, tone: 880Hz, gain: -20dB, send: true, local: false }",
    "mix: { strips: { Sent: { mute: true } }, master: { inserts: [{ use: recorder, path: takes }] } }",
    "outputs: [{ null: true }]",
  ].join("\n"))
  party = runCli(folder, "run", "party.yaml", "--json")
})
afterEach(async () => {
  party.signal("SIGKILL")
  await party.ended
  rmSync(folder, { recursive: true, maxRetries: 5, retryDelay: 200 })
})

const takes = (): string[] => readdirSync(join(folder, "takes")).map((name) => join(folder, "takes", name))
  .toSorted((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs)
const stripNames = (): string[] => {
  const strips = party.lines().findLast((line) => line["type"] === "stats")?.["strips"] as readonly { readonly name: string }[] | undefined
  return strips?.map(({ name }) => name) ?? []
}
const untilRunning = (): Promise<boolean> => until("both strips are there", () => stripNames().includes("Beep") && stripNames().includes("Sent"), 15_000)

/** Seconds of a take, and whether all of it, but for the first moments, is the tone. */
const readTake = async (path: string): Promise<{ readonly seconds: number; readonly sounding: number }> => {
  const [left] = await readSound(path, 2)
  const lookFrames = rateHz / 100
  const looks = Math.floor(left!.length / lookFrames)
  const sounding = Array.from({ length: looks }, (_, look) =>
    Math.max(...left!.subarray(look * lookFrames, (look + 1) * lookFrames)) > 0.2).filter((loud) => loud).length
  return { seconds: left!.length / rateHz, sounding: sounding / looks }
}

describe.skipIf(!seesChildren)("the engine's process (needs /proc to find it)", () => {
  it.each(["SIGSEGV", "SIGKILL"] as const)("comes back with the same preset when %s took it; the recording goes on as a new take", async (signal) => {
    await untilRunning()
    await until("a recording runs", () => party.events("recording started").length === 1)
    const beganUs = nowUs()
    const first = await enginePid(party)
    await sleep(1600)
    const killedUs = nowUs()
    process.kill(first, signal)
    await until("the restart is told", () => party.events("engine restarted").length === 1, 15_000)
    const awaySeconds = (nowUs() - killedUs) / 1e6
    console.log(`${signal}: told ${awaySeconds.toFixed(2)} s after the kill`)
    expect(awaySeconds).toBeLessThan(8)
    const second = await enginePid(party, [first])
    expect(isAlive(first)).toBe(false)
    await until("a second take has begun", () => party.events("recording started").length === 2)
    const linesThen = party.lines().length
    await until("the same strips are back", () => party.lines().slice(linesThen).some((line) => line["type"] === "stats") && stripNames().includes("Sent"))
    expect(stripNames()).toEqual(expect.arrayContaining(["Beep", "Sent"]))
    await sleep(500)

    party.signal("SIGINT")
    expect(await party.ended).toMatchObject({ code: 0, err: "" })
    expect(isAlive(second)).toBe(false)
    const paths = takes()
    expect(paths).toHaveLength(2)
    const [before, after] = await Promise.all(paths.map(readTake))
    console.log(`${signal}: takes of ${before!.seconds.toFixed(2)} s and ${after!.seconds.toFixed(2)} s`)
    expect(before!.seconds).toBeGreaterThan((killedUs - beganUs) / 1e6 - lostAtMostSeconds)
    expect(before!.sounding).toBeGreaterThan(0.9)
    expect(after!.seconds).toBeGreaterThan(0.4)
    expect(after!.sounding).toBeGreaterThan(0.8)
  })

  it("does not outlive a command line that was killed, and finishes its recording", async () => {
    await untilRunning()
    const engine = await enginePid(party)
    expect(isAlive(engine)).toBe(true)
    await sleep(1000)
    party.signal("SIGKILL")
    expect((await party.ended).signal).toBe("SIGKILL")
    await until("the engine has gone", () => !isAlive(engine), 8000)
    const { seconds } = await readTake(takes()[0]!)
    expect(seconds).toBeGreaterThan(0.9)
  })
})

it("ends at SIGINT with exit code 0 and a finished recording", async () => {
  await untilRunning()
  const tellsRecordings = (): readonly { readonly seconds: number }[] =>
    party.lines().flatMap((line) => (line["recordings"] ?? []) as readonly { readonly seconds: number }[])
  await until("statistics tell of the recording", () => tellsRecordings().length > 0)
  party.signal("SIGINT")
  expect(await party.ended).toMatchObject({ code: 0, err: "" })
  expect(party.events("recording stopped")).toHaveLength(1)
  expect(party.events("party stopped")).toHaveLength(1)
  const [path] = takes()
  const { seconds } = await readTake(path!)
  expect(seconds).toBeGreaterThanOrEqual(tellsRecordings().at(-1)!.seconds)
  if (hasFfprobe) expect(probeSound(path!)).toMatchObject({ codec: "pcm_s24le", sampleRate: rateHz, channels: 2, seconds: expect.closeTo(seconds, 3) as number })
})
