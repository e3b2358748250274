/**
 * Every thread of a party is made to throw, to exit and to hang; the rest plays on, the lost one comes back, and the recording
 * misses no time.
 *
 * The party: two tones sent over loopback RTP to itself, one in each of two jitter threads (right side of the mix), and a slow
 * local tone (left side), which tells to the frame how the recording lags its source.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runParty, type Party, type PartyStats } from "../../src/index.ts"
import { internalsOf } from "../../src/actors/party/internals.ts"
import { MixerStats } from "../../src/runtime/arena/pages.ts"
import { nowUs } from "../../src/runtime/io/clock.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { openStats } from "../../src/runtime/ring/stats-page.ts"
import { Sabotage } from "../../src/runtime/ring/thread-words.ts"
import { dbToGain, panGain } from "../../src/runtime/units.ts"
import { followStats, freePort, openTimeline, sleep, until } from "../helpers/party-rig.ts"
import { readSound } from "../helpers/read-wav.ts"
import { lagStep, LOOK_FRAMES, readLags, readStrength } from "../helpers/tone-read.ts"

const rateHz = 48000
const levelDb = -12
/** On its side of the mix. */
const level = dbToGain(levelDb) * panGain(-1)
const slow = { rateHz, hz: 50, level }
const period = slow.rateHz / slow.hz
/** Looks for the fast tones: 10 ms, whole cycles of each. */
const lookFrames = 480

/** What falls silent while a thread is away: the local tone, the peer in jitter-0, the one in jitter-1. */
const threads = [
  { id: "mixer", takes: ["local", "first", "second"] },
  { id: "jitter-0", takes: ["first"] },
  { id: "sender", takes: ["first", "second"] },
  { id: "receiver", takes: ["first", "second"] },
  { id: "capture", takes: ["local", "first", "second"] },
  { id: "playback-0", takes: [] },
  { id: "tap", takes: [] },
] as const

/**
 * A thread is to be back within half a second; the median of a way's seven deaths is held to that. A single one may be held up
 * by whatever else the machine does (the watchdog counts looks of 50 ms, a new thread needs some 100 ms of processor time), so
 * its own bound is generous.
 */
const backWithinMs = 500
const backAtWorstMs = 1500
/** After a thread's return: until everything that it feeds has settled. */
const settleMs = 450

interface Death {
  readonly id: string
  readonly takes: readonly string[]
  /** Party frames: when it was asked to die, when it was back, when all had settled. */
  readonly from: number
  readonly back: number
  readonly to: number
  readonly backMs: number
  /** What the machine's own hiccups did meanwhile, counted by the engine: blocks without the local tone, or cut short. */
  readonly localTrouble: number
  /** Gaps of the two peers. */
  readonly gaps: readonly [number, number]
  /** Frames that the mix fell behind the clock, from before to after. */
  readonly lostFrames: number
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

describe.each(["throw", "exit", "hang"] as const)("a thread that is made to %s", (way) => {
  const folder = mkdtempSync(join(tmpdir(), "supervision-"))
  const deaths: Death[] = []
  let party: Party
  let stats: () => PartyStats | undefined
  let timeline: ReturnType<typeof openTimeline>
  let endPosition = 0

  beforeAll(async () => {
    const port = await freePort()
    party = await runParty({
      party: "Crash",
      network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${port}`], loopback: true, codec: "l24", peers: 2 },
      jitter: { delay: "8ms", threads: 2 },
      sources: [
        { name: "Local", tone: "50Hz", gain: `${levelDb}dB`, send: false, local: true },
        { name: "A", tone: "1kHz", gain: `${levelDb}dB`, send: true, local: false },
        { name: "B", tone: "2500Hz", gain: `${levelDb}dB`, send: true, local: false },
      ],
      mix: {
        strips: { "*": { pan: 1 }, Local: { pan: -1 } },
        master: { inserts: [{ use: "recorder", path: "recordings" }] },
      },
      outputs: [{ null: true }],
    }, { workDir: folder, statsMs: 20 })
    stats = followStats(party)
    timeline = openTimeline(party)
    await until("both peers are live", () => stats()?.strips.filter((strip) => strip.kind === "peer" && strip.state === "live" && strip.peakDb > -20).length === 2)
    await sleep(settleMs)
  })
  afterAll(async () => {
    await party.stop()
    rmSync(folder, { recursive: true })
  })

  it.each(threads)("$id is back in under half a second, and the others never stop", async ({ id, takes }) => {
    const { words, memory, plan } = internalsOf(party)
    const peers = plan.peers.map((peer) => openStats(memory, peer.jitterStats, JitterStats))
    const gapsNow = () => peers.map((page) => page[JitterStats.concealmentEvents]! + page[JitterStats.slips]! + page[JitterStats.resets]!)
    const troubleNow = () => timeline.mixer[MixerStats.localUnderruns]! + timeline.mixer[MixerStats.localSlips]!
    const others = Object.entries(words).filter(([other]) => other !== id)
    const restartsNow = () => Object.fromEntries(stats()!.threads.map((thread) => [thread.id, thread.restarts]))
    const restarts = restartsNow()
    const beats = others.map(([, other]) => other.beats())
    const trouble = troubleNow()
    const gaps = gapsNow()
    const behind = timeline.elapsedFrames() - timeline.position()
    const from = timeline.position()
    let isBack = false
    const heard = party.events.subscribe((event) => {
      if (event.subject === id && event.text.startsWith("back after") && event.timeMs > atMs) isBack = true
    })
    const atMs = stats()!.timeMs
    const askedUs = nowUs()
    isBack = false
    words[id]!.setSabotage(Sabotage[way])
    words[id]!.raiseControl()
    await until(`${id} is back`, () => isBack, 5000)
    const beatsOfNew = words[id]!.beats()
    await until(`${id} beats`, () => words[id]!.beats() > beatsOfNew)
    const backMs = (nowUs() - askedUs) / 1000
    heard.unsubscribe()
    const back = timeline.position()
    const others2 = others.map(([other, its], i) => [other, its.beats() - beats[i]!] as const)
    await sleep(settleMs)
    const [firstGaps = 0, secondGaps = 0] = gapsNow().map((count, i) => count - gaps[i]!)
    deaths.push({
      id, takes, from, back, to: timeline.position(), backMs, gaps: [firstGaps, secondGaps], localTrouble: troubleNow() - trouble,
      lostFrames: timeline.elapsedFrames() - timeline.position() - behind,
    })
    console.log(`${id}, ${way}: back ${backMs.toFixed(0)} ms after it was asked to`)

    expect(backMs).toBeLessThan(backAtWorstMs)
    for (const [other, count] of others2) expect(count, `beats of ${other} meanwhile`).toBeGreaterThan(0)
    expect(restartsNow(), "restarts").toEqual({ ...restarts, [id]: restarts[id]! + 1 })
    expect(stats()!.strips.map((strip) => [strip.name, strip.state])).toEqual(
      expect.arrayContaining([["Local", "live"], ["A", "live"], ["B", "live"]]))
  })

  it("is back in under half a second by the median, and the mix is where the clock is", () => {
    expect(deaths).toHaveLength(threads.length)
    expect(median(deaths.map(({ backMs }) => backMs))).toBeLessThan(backWithinMs)
    console.log(`${way}: lost frames ${deaths.map(({ id, lostFrames }) => `${id} ${lostFrames.toFixed(0)}`).join(", ")}`)
  })

  describe("leaves a recording that", () => {
    let left: Float32Array
    let right: Float32Array
    let lags: Float64Array

    beforeAll(async () => {
      await party.stop()
      endPosition = timeline.position()
      const names = readdirSync(join(folder, "recordings"))
      expect(names).toHaveLength(1)
      const [leftPlane, rightPlane] = await readSound(join(folder, "recordings", names[0]!), 2)
      left = leftPlane!
      right = rightPlane!
      lags = readLags(left, slow)
    })
    const looks = (values: Float64Array, frames: number, from: number, to: number): Float64Array =>
      values.subarray(Math.ceil(from / frames), Math.floor(to / frames))

    it("is as long as the party", () => {
      expect(Math.abs(left.length - endPosition)).toBeLessThanOrEqual(4 * plan128)
    })

    it.each(threads)("keeps the timeline around the death of $id", ({ id }) => {
      const death = deaths.find((one) => one.id === id)!
      const before = lags[Math.floor(death.from / LOOK_FRAMES) - 4]!
      const after = lags[Math.floor(death.to / LOOK_FRAMES) - 4]!
      console.log(id, way, "lag", before, after, "trouble", death.localTrouble, "gaps", death.gaps)
      expect(Math.abs(lagStep(before, after, period)) / 128).toBeLessThanOrEqual(3)
    })

    it.each(threads.filter(({ takes }) => !(takes as readonly string[]).includes("local")))("has every frame of the local tone while $id is away", ({ id }) => {
      const death = deaths.find((one) => one.id === id)!
      const broken = looks(lags, LOOK_FRAMES, death.from, death.to).filter((lag) => Number.isNaN(lag)).length
      console.log(id, way, "broken", broken)
      expect(broken).toBeLessThanOrEqual(2 * death.localTrouble)
    })
    it("debug", () => {
      for (const d of deaths) for (const hz of [1000, 2500]) {
        const s = looks(readStrength(right, rateHz, hz, lookFrames), lookFrames, d.from, d.to)
        console.log(d.id, way, hz, Array.from(s, (v) => Math.abs(v / level - 1) < 0.02 ? "#" : v < 0.01 * level ? "." : "o").join(""))
      }
    })
  })
})
const plan128 = 128
