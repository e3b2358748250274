/** The recording of a whole party: readable while it grows, after a kill, and when the disk is full. */
import { fork, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { runParty } from "../../src/index.ts"
import { MixerStats } from "../../src/runtime/arena/pages.ts"
import { dbToGain } from "../../src/runtime/units.ts"
import { runCliThrough, type Cli } from "../helpers/cli.ts"
import { openTimeline, sleep, until } from "../helpers/party-rig.ts"
import { hasProgram, probeSound, readSound } from "../helpers/read-wav.ts"
import { LOOK_FRAMES, readLags } from "../helpers/tone-read.ts"

const rateHz = 48000
const blockFrames = 128
const tone = { rateHz, hz: 50, level: dbToGain(-6) }
/** A local tone and nothing else: what is recorded is known to the sample. */
const preset = (path: string) => ({
  party: "Take",
  network: { listen: "none", send: [] },
  sources: [{ name: "Tone", tone: `${tone.hz}Hz`, gain: "-6dB", channels: 2 as const, send: false, local: true }],
  mix: { master: { inserts: [{ use: "recorder", path }] } },
  outputs: [{ null: true as const }],
})
/** The recorder makes what it has safe ten times a second, and its header true as often. */
const unsafeAtMostSeconds = 1

const folder = mkdtempSync(join(tmpdir(), "recording-"))
afterAll(() => rmSync(folder, { recursive: true }))
const onlyTake = (path: string): string => {
  const names = readdirSync(path)
  expect(names).toHaveLength(1)
  return join(path, names[0]!)
}

interface Take {
  readonly frames: number
  /** Looks of 128 frames that are not the tone, sample for sample, or not where the one before was, since it was first heard. */
  readonly broken: number
}
const readTake = async (path: string): Promise<Take> => {
  const planes = await readSound(path, 2)
  const counts = planes.map((plane) => {
    const lags = readLags(plane, tone)
    const first = lags.findIndex((lag) => !Number.isNaN(lag))
    return first < 0 ? Infinity : lags.subarray(first).filter((lag, i, all) => Number.isNaN(lag) || (i > 0 && lag !== all[i - 1])).length
  })
  return { frames: planes[0]!.length, broken: Math.max(...counts) }
}
/**
 * A busy machine may let the local tone miss blocks, which is no fault of the recording; the engine counts them. Behind each the
 * local ring is silent until up to eight blocks are there.
 */
const looksPerHiccup = 10
const hiccupsOf = (mixer: Float64Array): number =>
  mixer[MixerStats.localUnderruns]! + mixer[MixerStats.localSlips]! + mixer[MixerStats.skippedBlocks]!
const troubles = new Set<unknown>(["underrun", "overrun", "slip"])
const toldHiccups = (party: Cli): number => party.lines().filter(({ kind }) => troubles.has(kind))
  .reduce((sum, { data }) => sum + ((data as { readonly blocks?: number } | undefined)?.blocks ?? 1), 0)

it("is a whole WAV at any moment while it grows, and holds the party from its first frame to its last", async () => {
  const party = await runParty(preset("running"), { workDir: folder })
  const timeline = openTimeline(party)
  let frames = 0
  for (let look = 0; look < 3; look++) {
    await sleep(700)
    const position = timeline.position()
    const take = await readTake(onlyTake(join(folder, "running")))
    expect(take.frames).toBeGreaterThan(position - unsafeAtMostSeconds * rateHz)
    expect(take.frames).toBeGreaterThan(frames)
    expect(take.broken).toBeLessThanOrEqual(looksPerHiccup * hiccupsOf(timeline.mixer))
    frames = take.frames
  }
  await party.stop()
  const path = onlyTake(join(folder, "running"))
  // The fade-out of the party's end is no pure tone any more.
  const fadeLooks = Math.ceil((0.1 * rateHz) / LOOK_FRAMES)
  const take = await readTake(path)
  expect(Math.abs(take.frames - timeline.position())).toBeLessThanOrEqual(2 * blockFrames)
  expect(take.broken).toBeLessThanOrEqual(looksPerHiccup * hiccupsOf(timeline.mixer) + fadeLooks)
  if (hasProgram("ffprobe")) expect(probeSound(path)).toMatchObject({ codec: "pcm_s24le", sampleRate: rateHz, channels: 2 })
})

interface Apart {
  readonly child: ChildProcess
  position(): number
  hiccups(): number
  /** How far the mix was behind the clock, in all reports so far. */
  readonly behindFrames: readonly number[]
  readonly place: string
}

/** A party in a process of its own, which records into a folder of its own. */
const runApart = (name: string): Apart => {
  const place = join(folder, name)
  mkdirSync(place)
  const script = fileURLToPath(new URL("party-script.mjs", import.meta.url))
  const child = fork(script, [JSON.stringify(preset(".")), place], { serialization: "advanced" })
  const behindFrames: number[] = []
  let mixer = new Float64Array(Object.keys(MixerStats).length)
  child.on("message", (message: { readonly mixer: Float64Array<ArrayBuffer>; readonly behindFrames: number }) => {
    mixer = message.mixer
    behindFrames.push(message.behindFrames)
  })
  return { child, position: () => mixer[MixerStats.position]!, hiccups: () => hiccupsOf(mixer), behindFrames, place }
}

it("plays up to the last second when the whole process was killed", async () => {
  const party = runApart("killed")
  await until("three seconds are mixed", () => party.position() > 3 * rateHz, 15_000)
  party.child.kill("SIGKILL")
  await once(party.child, "exit")
  const { frames, broken } = await readTake(onlyTake(party.place))
  console.log(`killed: ${((party.position() - frames) / rateHz).toFixed(2)} s are missing at the end`)
  expect(frames).toBeGreaterThan(party.position() - unsafeAtMostSeconds * rateHz)
  expect(broken).toBeLessThanOrEqual(looksPerHiccup * party.hiccups())
})

it.skipIf(process.platform === "win32").each([60, 600])("keeps the clock's time when the whole process stood still for %d ms (needs SIGSTOP)", async (stillMs) => {
  const party = runApart(`still ${stillMs}`)
  const reports = async (count: number): Promise<number> => {
    const from = party.behindFrames.length
    await until("reports", () => party.behindFrames.length >= from + count)
    return Math.min(...party.behindFrames.slice(from))
  }
  await until("a second is mixed", () => party.position() > rateHz, 15_000)
  const before = await reports(8)
  party.child.kill("SIGSTOP")
  await sleep(stillMs)
  party.child.kill("SIGCONT")
  await sleep(300)
  const after = await reports(8)
  party.child.kill("SIGKILL")
  await once(party.child, "exit")
  expect(Math.abs(after - before)).toBeLessThan((0.5 * stillMs * rateHz) / 1000)
  const { frames } = await readTake(onlyTake(party.place))
  expect(frames).toBeGreaterThan(party.position() - unsafeAtMostSeconds * rateHz)
})

describe("when there is no more room", () => {
  const mayMount = spawnSync("unshare", ["-m", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]).status === 0
  /** Whole pages: what a tmpfs counts in. */
  const roomBytes = 122 * 4096

  /** A party whose recordings folder takes no more than half a megabyte: it plays on, and says what happened. */
  const expectToPlayOn = async (party: Cli, takes: (pid: number) => string): Promise<void> => {
    try {
      await until("the recording has failed", () => party.events("recording failed").length > 0, 15_000)
      expect(party.events("recording failed")).toHaveLength(1)
      expect(party.events("recording failed")[0]!["subject"]).toMatch(/disk is full/)
      const path = onlyTake(takes(party.pid))
      expect(statSync(path).size).toBeLessThanOrEqual(roomBytes)
      const { frames, broken } = await readTake(path)
      expect(frames).toBeGreaterThan((0.8 * roomBytes) / 6)
      expect(broken).toBeLessThanOrEqual(looksPerHiccup * toldHiccups(party))
      const seen = party.lines().length
      const later = await until("two more reports", () => {
        const reports = party.lines().slice(seen).filter((line) => line["type"] === "stats")
        return reports.length >= 2 && reports.at(-1)
      })
      expect(later).toMatchObject({ recordings: [{ state: "failed" }] })
      expect((later["master"] as { readonly peakDb: number }).peakDb).toBeGreaterThan(-8)
      expect((later["threads"] as readonly { readonly restarts: number; readonly state: string }[])
        .every(({ restarts, state }) => restarts === 0 && state === "running")).toBe(true)
      expect(party.events("engine restarted")).toHaveLength(0)
      party.signal("SIGINT")
      expect(await party.ended).toMatchObject({ code: 0, err: "" })
    } finally {
      party.signal("SIGKILL")
      await party.ended
    }
  }
  const written = (name: string): string => {
    const place = join(folder, name)
    mkdirSync(join(place, "takes"), { recursive: true })
    // JSON is YAML.
    writeFileSync(join(place, "party.yaml"), JSON.stringify(preset("takes")))
    return place
  }

  it.skipIf(!mayMount)("on the disk, it ends with an event, and the party plays on (needs leave to mount a small tmpfs)", async () => {
    const place = written("full")
    const mount = ["unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=${roomBytes} none takes && exec "$@"`, "sh"]
    await expectToPlayOn(runCliThrough(mount, place, "run", "party.yaml", "--json"), (pid) => `/proc/${pid}/root${place}/takes`)
  })

  it.skipIf(process.platform === "win32")("in the file, it ends with an event, and the party plays on", async () => {
    const place = written("limited")
    // In units of 512 bytes.
    const limit = ["sh", "-c", `ulimit -f ${Math.floor(roomBytes / 512)}; exec "$@"`, "sh"]
    await expectToPlayOn(runCliThrough(limit, place, "run", "party.yaml", "--json"), () => join(place, "takes"))
  })
})
