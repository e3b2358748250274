/**
 * A percentile buffer in the manner of WebRTC's NetEq: the delay is the 95th percentile of half-second maxima of relative
 * arrival delay, in steps of 20 ms, forgotten over 29 s. Late audio is played late, so the delay grows with each stall; it is won
 * back by playing 10 % faster while the buffer holds more than the target and its margin.
 *
 * Source   behaviour as described of modules/audio_coding/neteq (delay manager, underrun optimizer, decision logic)
 */
import type { MakeBuffer } from "../buffer-under-test.ts"
import { createShelf, createSlidingMin, framesOf } from "./shelf.ts"

const QUANTILE = 0.95
const FORGET = 0.983
const BUCKET_MS = 20
const BUCKETS = 100
const START_MS = 80
const TICK_MS = 10
const MARGIN_MS = 20
const STRETCH = 0.1
/** A hole is waited for no longer than this. */
const HOLE_MS = 100

interface Target {
  late(atFrames: number, lateMs: number): void
  ms(): number
}

/** Half-second maxima in a forgetting histogram. */
function createTarget(windowFrames: number): Target {
  const histogram = new Float64Array(BUCKETS)
  let window = -1
  let mostMs = 0
  let targetMs = START_MS
  return {
    late(atFrames, lateMs) {
      const now = Math.floor(atFrames / windowFrames)
      if (window >= 0 && now !== window) {
        for (let i = 0; i < BUCKETS; i++) histogram[i] = (histogram[i] as number) * FORGET
        const bucket = Math.min(BUCKETS - 1, Math.floor(mostMs / BUCKET_MS))
        histogram[bucket] = (histogram[bucket] as number) + 1 - FORGET
        const total = histogram.reduce((sum, each) => sum + each, 0)
        let index = 0
        for (let sum = histogram[0] as number; sum < total * QUANTILE; sum += histogram[index] as number) index++
        targetMs = (index + 1) * BUCKET_MS
        mostMs = 0
      }
      window = now
      mostMs = Math.max(mostMs, lateMs)
    },
    ms: () => targetMs,
  }
}

export const percentile: MakeBuffer = (setup) => {
  const { sampleRate, blockFrames } = setup
  const perMs = sampleRate / 1000
  const shelf = createShelf(setup)
  const base = createSlidingMin(sampleRate / 4, 8)
  const recentMost = createSlidingMin(sampleRate / 4, 8)
  const target = createTarget(sampleRate / 2)
  let newestEnd = -1
  let playhead = -1
  /** Output made while there was nothing to play. */
  let waited = 0
  let fast = false

  const level = (): number => (newestEnd - playhead) / perMs

  return {
    name: "percentile",
    insert(packet, arrivalUs) {
      const index = shelf.put(packet)
      newestEnd = Math.max(newestEnd, index + packet.frameCount)
      const tick = Math.floor(framesOf(setup, arrivalUs) / (TICK_MS * perMs)) * TICK_MS * perMs
      base.add(tick, tick - index)
      const lateMs = (tick - index - base.least()) / perMs
      recentMost.add(tick, -lateMs)
      target.late(tick, lateMs)
    },
    pull(_nowUs, report) {
      if (playhead < 0) {
        if (newestEnd < 0 || newestEnd < target.ms() * perMs) return report.conceal(blockFrames)
        playhead = shelf.next(0)
      }
      const limitMs = target.ms() - recentMost.least() + MARGIN_MS
      fast = level() > limitMs || (fast && level() > target.ms())
      const rate = fast ? 1 + STRETCH : 1
      for (let done = 0; done < blockFrames;) {
        const next = shelf.next(playhead)
        const left = next === Infinity ? Infinity : Math.min(next - playhead, HOLE_MS * perMs) - waited
        if (left > 0 && next > playhead) {
          const run = Math.min(blockFrames - done, left)
          report.conceal(run)
          waited += run
          done += run
          continue
        }
        playhead = next
        waited = 0
        const end = (Math.floor(playhead / setup.packetFrames) + 1) * setup.packetFrames
        const run = Math.min(blockFrames - done, Math.ceil((end - playhead) / rate))
        const media = run * rate
        report.play(playhead, media, run)
        playhead += media
        done += run
      }
    },
  }
}
