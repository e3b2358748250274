/**
 * The policy of one strip is changed while two peers sing. Both come through a relay that keeps every twentieth packet back, too
 * rarely for `tight` to wait for it, too often for `safe` not to.
 *
 *   sender (Ann, Ben) ─▶ relay ─▶ party ─▶ recording: Ann left, Ben right
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { internalsOf } from "../../src/actors/party/internals.ts"
import { PresetError, runParty, type Party, type PartyEvent, type PartyStats, type StripStats } from "../../src/index.ts"
import { isRtcp } from "../../src/runtime/rtp/header.ts"
import { Sabotage } from "../../src/runtime/ring/thread-words.ts"
import { dbToGain, panGain } from "../../src/runtime/units.ts"
import { followStats, freePort, openTimeline, sleep, startStallMeter, until } from "../helpers/party-rig.ts"
import { readSound } from "../helpers/read-wav.ts"
import { openRelay, type Relay } from "../helpers/relay.ts"
import { readStrength } from "../helpers/tone-read.ts"
import { seeded } from "../runtime/rtp/seeded.ts"

const rateHz = 48000
const levelDb = -12
const level = dbToGain(levelDb) * panGain(-1)
const tones = { Ann: 1000, Ben: 2500 } as const
/** 10 ms, whole cycles of both tones. */
const lookFrames = 480
/** Of the packets, this share is kept back for so long, ms: longer than `tight` ever waits, however busy the machine is. */
const heldShare = 0.05
const heldMs = 42
const tightMostMs = 40
/** So that the way from there to `heldMs` is no longer than what is filled in at full strength. */
const leastMs = 22

const folder = mkdtempSync(join(tmpdir(), "jitter-live-"))
const random = seeded(7)
const events: PartyEvent[] = []
let relay: Relay
let host: Party
let singers: Party
let stats: () => PartyStats | undefined
/** When the policy was changed: frames of the recording, jumps of Ann's playhead until then; how long the machine stood still after,
 * and by how much the delay grew. */
const changed = { at: 0, slips: 0, stalledMs: 0, grownMs: 0 }
/** By then the change has had its effect. */
const effectMs = 700

const stripOf = (name: string): StripStats => {
  const strip = stats()?.strips.find((each) => each.name === name)
  if (strip?.jitter === undefined) throw new Error(`${name} is not heard`)
  return strip
}
const jitterOf = (name: string) => stripOf(name).jitter!

beforeAll(async () => {
  const port = await freePort()
  relay = await openRelay(port, undefined, (bytes) => (!isRtcp(bytes, bytes.length) && random() < heldShare ? heldMs : 0))
  host = await runParty({
    party: "Host",
    network: { listen: `127.0.0.1:${port}`, send: [], peers: 2 },
    jitter: { policy: "tight", min: `${leastMs}ms`, threads: 1 },
    mix: { strips: { Ann: { pan: -1 }, Ben: { pan: 1 } }, master: { inserts: [{ use: "recorder", path: "." }] } },
    outputs: [{ null: true }],
  }, { workDir: folder })
  host.events.subscribe((event) => events.push(event))
  stats = followStats(host)
  singers = await runParty({
    party: "Singers",
    network: { listen: "none", send: [`127.0.0.1:${relay.port}`], packet: 240, codec: "l24" },
    sources: Object.entries(tones).map(([name, hz]) => ({ name, tone: `${hz}Hz`, gain: `${levelDb}dB`, send: true, local: false })),
    outputs: [{ null: true }],
  })
  await until("both are heard", () => ["Ann", "Ben"].every((name) =>
    stats()?.strips.some((strip) => strip.name === name && strip.state === "live" && strip.peakDb > 2 * levelDb)))
})
afterAll(async () => {
  await Promise.all([host.stop(), singers.stop()])
  await relay.close()
  rmSync(folder, { recursive: true, force: true })
})

describe("a policy that is changed while the party runs", () => {
  it("changes the delay of the strip that is named, and of no other", async () => {
    await sleep(2000)
    for (const name of ["Ann", "Ben"]) expect(jitterOf(name)).toMatchObject({ policy: "tight", own: false, minDelayMs: leastMs, maxDelayMs: tightMostMs })
    const stalls = startStallMeter()
    changed.at = openTimeline(host).position()
    const beforeMs = jitterOf("Ann").delayMs
    changed.slips = stripOf("Ann").counters!.slips
    host.set("mix.strips.Ann.jitter.policy", "safe")
    await sleep(effectMs)
    // A delay that somebody asked for is gone to by one jump at the most.
    expect(stripOf("Ann").counters!.slips - changed.slips).toBeLessThanOrEqual(1)
    stalls.end()
    changed.stalledMs = stalls.stalledMs()
    await until("Ann waits longer", () => jitterOf("Ann").targetDelayMs > heldMs - 1 && jitterOf("Ann").delayMs > heldMs - 1, 8000)
    changed.grownMs = jitterOf("Ann").delayMs - beforeMs
    expect(jitterOf("Ann")).toMatchObject({ policy: "safe", own: true, minDelayMs: leastMs, maxDelayMs: 250 })
    expect(jitterOf("Ben")).toMatchObject({ policy: "tight", own: false })
    expect(jitterOf("Ben").targetDelayMs).toBeLessThanOrEqual(tightMostMs)
    expect(events.filter(({ kind }) => kind === "set").map(({ subject, text }) => [subject, text])).toEqual([["Ann", `jitter safe from ${leastMs}ms to 250ms, was tight from ${leastMs}ms to ${tightMostMs}ms`]])
  })

  it("ends the gaps of that strip, which the other still has", async () => {
    const filled = (): number[] => ["Ann", "Ben"].map((name) => jitterOf(name).concealedSamples)
    // Where the machine stands still both have a gap: another second is looked at.
    for (let second = 1; ; second++) {
      const before = filled()
      await sleep(1000)
      const [ann = 0, ben = 0] = filled().map((frames, i) => frames - before[i]!)
      if (ann >= ben / 3 && second < 6) continue
      // Five of a hundred packets are late: 2400 frames.
      expect(ben).toBeGreaterThan(500)
      return expect(ann).toBeLessThan(ben / 3)
    }
  })

  it("says what each delay would have lost", () => {
    for (const name of ["Ann", "Ben"]) {
      const { curve } = jitterOf(name)
      const lostAt = (delayMs: number) => curve.findLast((point) => point.delayMs <= delayMs)!.lostShare
      // Those that are kept back come too late for 30 ms and in time for 60; what a busy machine adds is late for both.
      expect(lostAt(30) - lostAt(60)).toBeGreaterThan(heldShare / 2)
    }
  })

  it("is followed by a jitter thread that takes the place of a dead one", async () => {
    const thread = internalsOf(host).words["jitter-0"]!
    thread.setSabotage(Sabotage.throw)
    thread.raiseControl()
    await until("the thread is back", () => events.some(({ subject, data }) => subject === "jitter-0" && data?.["afterMs"] !== undefined))
    // The new buffer has heard enough of the network to show what it does with it.
    await sleep(1500)
    await until("Ann waits as long again", () => jitterOf("Ann").targetDelayMs > heldMs - 1 && jitterOf("Ben").targetDelayMs <= tightMostMs, 8000)
    expect(jitterOf("Ann").policy).toBe("safe")
  })

  it("is taken back by the party's, and refuses what cannot be", async () => {
    host.set("mix.strips.Ann.jitter.policy", "party")
    await until("Ann follows the party", () => jitterOf("Ann").policy === "tight" && !jitterOf("Ann").own)
    host.set("jitter.delay", "12ms")
    await until("both keep 12 ms", () => ["Ann", "Ben"].every((name) => jitterOf(name).policy === "kept" && Math.abs(jitterOf(name).targetDelayMs - 12) < 0.01))
    expect(() => host.set("jitter.min", "2ms")).toThrow(PresetError)
    expect(() => host.set("mix.strips.Zoe.jitter.policy", "safe")).toThrow(/expected a strip: .*found "Zoe"/)
    expect(jitterOf("Ann").policy).toBe("kept")
  })

  it("leaves no hole in the recording", async () => {
    await host.stop()
    const take = readdirSync(folder).find((file) => file.endsWith(".wav"))
    const channels = await readSound(join(folder, take!), 2)
    // What is filled in goes on as the tone does, and grows fainter after 20 ms. The join where the delay has grown meets the tone at
    // another phase. That may cost three looks of 10 ms; what the machine stands still, or makes the delay grow beyond, as much again.
    const mayBeWeak = 3 + Math.ceil((changed.stalledMs + Math.max(0, changed.grownMs - heldMs + leastMs)) / 10)
    for (const [channel, [name, hz]] of Object.entries(tones).entries()) {
      const heard = channels[channel]!.subarray(changed.at, changed.at + (effectMs * rateHz) / 1000)
      const strengths = [...readStrength(heard, rateHz, hz, lookFrames)]
      expect(strengths).toHaveLength(effectMs / 10)
      const weak = strengths.filter((strength) => strength < level / 2).length
      expect({ name, whole: weak <= mayBeWeak }, `${weak} of ${mayBeWeak} looks`).toEqual({ name, whole: true })
    }
  })
})
