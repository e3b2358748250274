/**
 * Two computers whose sound cards tick differently, in real time: what one sends the other plays for a minute, and nothing is heard
 * of the difference.
 *
 *   tone ─▶ its clock ─▶ RTP ─▶ jitter buffer ─▶ another clock ─▶ recording          three pairs of processes at the same time
 *
 * This machine stands still now and then, and so do all clocks in it. Delays are 30 ms at the least, so that they do not follow what
 * it does in small; a probe on each core notices when it stands still, and the time behind that is left out. Left out, not forgiven:
 * where too much of it is, nothing was measured, and the test says so.
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePort, sleep, until } from "../helpers/party-rig.ts"
import { readSound } from "../helpers/read-wav.ts"
import { readPpm, readSnrDb } from "./drift-figures.ts"
import { startStallProbe, type Stall } from "./stall-probe.ts"

const rateHz = 48000
const toneHz = 1000
const seconds = 60
const steadyFrom = 20
const leastDelayMs = 30

/** What each side's clock is off. Of the receiver's, too: there playback ticks, and with it the mixer and the recording. */
const pairs = [
  { name: "+300 ppm", senderPpm: 300, receiverPpm: 0 },
  { name: "-300 ppm", senderPpm: 0, receiverPpm: 300 },
  { name: "+50 ppm, both far off", senderPpm: -475, receiverPpm: -525 },
] as const
type Pair = (typeof pairs)[number]

/** Looks of 100 ms. */
const windowFrames = 4800
/** A stall of so much may be heard: a block comes too late. */
const stallMs = 3
const heardUs = 0.2e6
/** One of so much may let a delay move, which forgets the way to its path in 4.5 s and then goes back by 1.65 ms a second. */
const longStallUs = 10_000
const movedUs = 7e6
/** Share of the time that must be left. */
const leastKept = 0.25

interface Look {
  readonly timeUs: number
  readonly position: number
  readonly missed: number
  readonly targetDelayUs: number
  readonly currentDelayUs: number
  readonly driftPpm: number
  readonly ratePpm: number
  readonly concealedFrames: number
  readonly slips: number
  readonly resets: number
  readonly playing: number
}

const folder = mkdtempSync(join(tmpdir(), "drift-"))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

const startParty = async (preset: object, workDir: string, ppm: number): Promise<{ readonly looks: Look[]; readonly end: () => Promise<void> }> => {
  const child = fork(fileURLToPath(new URL("drift-script.mjs", import.meta.url)), [JSON.stringify(preset), workDir],
    { env: { ...process.env, WIFI_PARTY_CLOCK_PPM: String(ppm) } })
  children.push(child)
  const looks: Look[] = []
  const ended = once(child, "exit")
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (said: Look | { readonly ready: true }) => {
      if ("ready" in said) resolve()
      else looks.push(said)
    })
    void ended.then(([code]) => reject(new Error(`a party's process ended with ${code}`)))
  })
  await ready
  return {
    looks,
    async end() {
      child.send("end")
      await ended
    },
  }
}

const startPair = async ({ name, senderPpm, receiverPpm }: Pair) => {
  const port = await freePort()
  const workDir = join(folder, name)
  mkdirSync(workDir)
  const receiver = await startParty({
    party: "In", network: { listen: `127.0.0.1:${port}`, peers: 1 }, jitter: { policy: "steady", min: `${leastDelayMs}ms`, threads: 1 },
    mix: { master: { inserts: [{ use: "recorder", path: "." }] } }, outputs: [{ null: true }],
  }, workDir, receiverPpm)
  const sender = await startParty({
    party: "Out", network: { listen: "none", send: [`127.0.0.1:${port}`], codec: "l24" },
    sources: [{ name: "Tone", tone: `${toneHz}Hz`, gain: "-6dB", send: true, local: false }], outputs: [{ null: true }],
  }, workDir, senderPpm)
  await until("the tone arrives", () => (receiver.looks.at(-1)?.playing ?? 0) === 1)
  return { name, workDir, sender, receiver, truthPpm: ((1 + senderPpm * 1e-6) / (1 + receiverPpm * 1e-6) - 1) * 1e6 }
}

/** A window of the recording with what the statistics said meanwhile. */
interface Window {
  readonly ppm: number
  readonly snrDb: number
  readonly looks: readonly Look[]
  readonly concealedFrames: number
  readonly missed: number
}

interface Figures {
  readonly truthPpm: number
  readonly kept: readonly Window[]
  readonly count: number
  readonly slips: number
}

const isNear = (stalls: readonly Stall[], fromUs: number, toUs: number): boolean =>
  stalls.some((stall) =>
    stall.fromUs < toUs && stall.toUs > fromUs - (stall.toUs - stall.fromUs < longStallUs ? heardUs : movedUs))

type RunningPair = Awaited<ReturnType<typeof startPair>>

const readFigures = async ({ workDir, receiver: { looks }, truthPpm }: RunningPair, stalls: readonly Stall[]): Promise<Figures> => {
  const [samples] = await readSound(join(workDir, readdirSync(workDir)[0]!), 2)
  const first = looks.find(({ playing }) => playing === 1)!
  const from = looks.findIndex(({ timeUs }) => timeUs > first.timeUs + steadyFrom * 1e6)
  // Between two looks; the last has no recording behind it to look at.
  const kept: Window[] = []
  const start = looks[from]!.position
  const count = Math.floor((looks.at(-2)!.position - start) / windowFrames)
  const ppm = readPpm(samples!, start, count, windowFrames, toneHz, rateHz)
  for (let i = 0; i < count; i++) {
    const at = start + i * windowFrames
    const before = looks.findLast(({ position }) => position <= at - windowFrames / 2)!
    const after = looks.find(({ position }) => position >= at + windowFrames * 1.5) ?? looks.at(-1)!
    if (isNear(stalls, before.timeUs, after.timeUs)) continue
    kept.push({
      ppm: ppm[i]!, snrDb: readSnrDb(samples!, at, windowFrames, toneHz, rateHz),
      looks: looks.slice(looks.indexOf(before), looks.indexOf(after) + 1),
      concealedFrames: after.concealedFrames - before.concealedFrames, missed: after.missed - before.missed,
    })
  }
  return { truthPpm, kept, count, slips: looks.at(-1)!.slips - looks[from]!.slips + looks.at(-1)!.resets - looks[from]!.resets }
}

const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
const greatest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0)

describe("two processes whose clocks differ", () => {
  const figures = new Map<string, Figures>()

  beforeAll(async () => {
    const probe = await startStallProbe(stallMs)
    const running = await Promise.all(pairs.map(startPair))
    await sleep(seconds * 1000)
    // The recording goes on for longer than the statistics.
    for (const { receiver, sender } of running) {
      await receiver.end()
      await sender.end()
    }
    console.log(probe.describe())
    const stalls = probe.stalls()
    await probe.end()
    for (const pair of running) figures.set(pair.name, await readFigures(pair, stalls))
    for (const [name, { truthPpm, kept, count }] of figures) {
      const looks = kept.flatMap((window) => window.looks)
      console.log(`${name}: ${count - kept.length} of ${count} windows left out; `
        + `delay off by ${greatest(looks.map((look) => Math.abs(look.currentDelayUs - look.targetDelayUs))).toFixed(0)} us, `
        + `drift off by ${greatest(looks.map(({ driftPpm }) => Math.abs(driftPpm - truthPpm))).toFixed(1)} ppm; `
        + `rate noise ${deviation(kept.map(({ ppm }) => ppm)).toFixed(1)} ppm heard, ${deviation(looks.map(({ ratePpm }) => ratePpm)).toFixed(1)} told; `
        + `SNR at least ${Math.min(...kept.map(({ snrDb }) => snrDb)).toFixed(1)} dB`)
    }
  }, 120_000)

  describe.each(pairs)("$name", ({ name }) => {
    const windows = (): readonly Window[] => figures.get(name)!.kept
    const looks = (): readonly Look[] => windows().flatMap((window) => window.looks)

    it("could be measured: this machine let it run for most of the time", () => {
      const { kept, count } = figures.get(name)!
      expect(count).toBeGreaterThan((seconds - steadyFrom - 2) * 10)
      if (kept.length >= count * leastKept) return
      throw new Error(`nothing was measured: the machine stood still in or before ${count - kept.length} of ${count} windows`)
    })
    it("keeps its delay within 1 ms of the target", () => {
      for (const { currentDelayUs, targetDelayUs } of looks()) expect(Math.abs(currentDelayUs - targetDelayUs)).toBeLessThan(1000)
    })
    it("knows the drift to 5 ppm", () => {
      const { truthPpm } = figures.get(name)!
      for (const { driftPpm } of looks()) expect(Math.abs(driftPpm - truthPpm)).toBeLessThan(5)
    })
    it("plays at a rate that is steady to 50 ppm, by the recording and by its own word", () => {
      expect(deviation(windows().map(({ ppm }) => ppm))).toBeLessThan(50)
      expect(deviation(looks().map(({ ratePpm }) => ratePpm))).toBeLessThan(50)
    })
    it("plays the sender's pitch on the receiver's clock", () => {
      const mean = windows().reduce((sum, { ppm }) => sum + ppm, 0) / windows().length
      expect(Math.abs(mean - figures.get(name)!.truthPpm)).toBeLessThan(5)
    })
    it("adds nothing to the sine that is not 90 dB below it", () => {
      for (const { snrDb } of windows().filter(({ concealedFrames }) => concealedFrames === 0)) expect(snrDb).toBeGreaterThan(90)
    })
    it("conceals nothing, misses no block, never jumps", () => {
      expect(windows().reduce((sum, { concealedFrames }) => sum + concealedFrames, 0)).toBe(0)
      expect(windows().reduce((sum, { missed }) => sum + missed, 0)).toBe(0)
      expect(figures.get(name)!.slips).toBe(0)
    })
  })
})
