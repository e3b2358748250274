/** Scores of recordings made by hand on a network without jitter. */
import { describe, expect, test } from "vitest"
import { captureUs, makeTrace, RATE_HZ, type Model, type Path, type Trace } from "../../../bench/jitter/network.ts"
import { createRecording, type Recording } from "../../../bench/jitter/report.ts"
import { score } from "../../../bench/jitter/scores.ts"

const traceOf = (path: Partial<Path> = {}, driftPpm = 0): Trace => {
  const model: Model = { name: "test", about: "", driftPpm, path: () => ({ delayMs: () => 1, ...path }) }
  return makeTrace(model, 240, 1, 10)
}

/** Output at which the frame 0 of the media is played for this delay, frames. */
const startOf = (trace: Trace, delayMs: number): number =>
  Math.round(((captureUs(trace, 0) + delayMs * 1000 - trace.firstPullUs) * RATE_HZ) / 1e6)

/** Silence, then what is said, as [media from, media frames, output frames] or a number of concealed frames. */
const record = (trace: Trace, delayMs: number, parts: readonly (number | readonly [number, number, number])[]): Recording => {
  const recording = createRecording()
  recording.conceal(startOf(trace, delayMs))
  for (const part of parts) {
    if (typeof part === "number") recording.conceal(part)
    else recording.play(...part)
  }
  return recording
}

const SECOND = RATE_HZ
const plain = traceOf()

describe("delay", () => {
  test("is from capture to playout", () => {
    const scores = score(plain, record(plain, 20, [[0, 8 * SECOND, 8 * SECOND]]))
    expect(scores.delayMs).toBeCloseTo(20, 1)
    expect(scores.p95DelayMs).toBeCloseTo(20, 1)
    expect(scores.concealedPercent).toBe(0)
    expect(scores.j).toBeCloseTo(20, 1)
  })

  test("is on our clock when the sender's runs fast", () => {
    const trace = traceOf({}, 300)
    const parts = Array.from({ length: 80 }, (_, i) => [i * 4800 * 1.0003, 4800 * 1.0003, 4800] as const)
    const scores = score(trace, record(trace, 20, parts))
    expect(scores.delayMs).toBeCloseTo(20, 1)
    expect(scores.rateDeviationPpm).toBeLessThan(0.01)
  })
})

describe("a gap costs", () => {
  const costOf = (parts: readonly (number | readonly [number, number, number])[], trace = plain): number => {
    const scores = score(trace, record(trace, 20, parts))
    const played = parts.reduce<number>((sum, part) => sum + (typeof part === "number" ? 0 : part[2]), 0)
    return (scores.concealedPercent / (100 - scores.concealedPercent)) * played
  }
  const first = [0, SECOND, SECOND] as const
  const from = (index: number) => [index, SECOND, SECOND] as const

  test("its length once when late media was concealed and the timeline kept", () => {
    expect(costOf([first, 240, from(SECOND + 240)])).toBeCloseTo(240)
  })
  test("what was invented when the playhead was held", () => {
    expect(costOf([first, 240, from(SECOND)])).toBeCloseTo(240)
  })
  test("what was left out when the playhead leapt", () => {
    expect(costOf([first, from(SECOND + 500)])).toBeCloseTo(500)
  })
  test("the media when a hole was shortened", () => {
    expect(costOf([first, 100, from(SECOND + 240)])).toBeCloseTo(240)
  })
  test("both when media was lost and the playhead held", () => {
    expect(costOf([first, 700, from(SECOND + 240)])).toBeCloseTo(700)
  })
  test("what is heard twice", () => {
    expect(costOf([first, from(SECOND - 300)])).toBeCloseTo(300)
  })
  test("nothing in a pause of the sender", () => {
    const paused = traceOf({ sends: (atMs) => atMs < 2050 || atMs >= 3050 })
    const end = Math.ceil((2 * SECOND) / 240) * 240
    expect(costOf([[0, end, end], 900, from(end + SECOND)], paused)).toBeCloseTo(0)
    expect(costOf([[0, end - 240, end - 240], 900, from(end + SECOND)], paused)).toBeCloseTo(240)
  })
  test("what never came back, at the end", () => {
    expect(costOf([first, 4800])).toBeCloseTo(4800)
  })
})

test("a buffer that plays nothing has no score", () => {
  const recording = createRecording()
  recording.conceal(8 * SECOND)
  expect(score(plain, recording).j).toBe(Infinity)
})

test("events are counted, by the minute of output", () => {
  const scores = score(plain, record(plain, 20, [[0, SECOND, SECOND], 240, [SECOND + 240, SECOND, SECOND], 240, [2 * SECOND + 480, SECOND, SECOND]]))
  expect(scores.eventsPerMinute).toBeCloseTo((2 * 60) / 3.01, 1)
})

test("a rate is seen outside gaps, and the end of a gap is not one", () => {
  const slow = Array.from({ length: 40 }, (_, i) => [SECOND + i * 1280 * 1.002, 1280 * 1.002, 1280] as const)
  const scores = score(plain, record(plain, 20, [[0, SECOND / 2, SECOND / 2], [SECOND / 2, SECOND / 2, SECOND / 2], ...slow]))
  expect(scores.rateDeviationPpm).toBeCloseTo(2000, 0)
  const fade = score(plain, record(plain, 20, [[0, 4800, 4800], 240, [5040, 130, 128], ...Array.from({ length: 20 }, (_, i) =>
    [5170 + i * 1280, 1280, 1280] as const)]))
  expect(fade.rateDeviationPpm).toBeCloseTo(0)
})

describe("recovery", () => {
  const stalled = traceOf({ released: (atMs) => (atMs >= 3000 && atMs < 3100 ? 3100 : atMs) })
  const frameAt = (ms: number, delayMs: number): number => Math.round(((ms - delayMs - 50) * RATE_HZ) / 1000)

  test("is quick when the timeline was kept", () => {
    const stop = frameAt(3000, 20) + 960 - 240
    const gap = 4800
    const scores = score(stalled, record(stalled, 20, [...blocks(0, stop), gap, ...blocks(stop + gap, 2 * SECOND)]))
    expect(scores.stalls).toBe(1)
    expect(scores.recoveryMs).toBeLessThan(20)
    expect(scores.recoveryAudioMs).toBe(0)
    expect(scores.ratchetMs).toBeCloseTo(0, 1)
  })

  test("is counted as none when the delay stays high", () => {
    const stop = frameAt(3000, 20) + 960 - 240
    const scores = score(stalled, record(stalled, 20, [...blocks(0, stop), 4000, ...blocks(stop, 4 * SECOND)]))
    expect(scores.recoveryMs).toBe(2000)
  })

  test("counts the audio that was played before all was well", () => {
    const stop = frameAt(3000, 20) + 960 - 240
    const scores = score(stalled, record(stalled, 20, [
      ...blocks(0, stop), 4800, ...blocks(stop + 4320, 1280), ...blocks(stop + 4320 + 1280 + 480, 2 * SECOND),
    ]))
    expect(scores.recoveryAudioMs).toBeCloseTo((1280 * 1000) / RATE_HZ, 1)
  })

  function blocks(from: number, frames: number): (readonly [number, number, number])[] {
    return Array.from({ length: Math.ceil(frames / 128) }, (_, i) => [from + i * 128, Math.min(128, frames - i * 128), Math.min(128, frames - i * 128)])
  }
})
