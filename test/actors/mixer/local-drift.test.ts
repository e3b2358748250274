/** Local sources whose clocks differ from the master's, for minutes of virtual time. */
import { describe, expect, it } from "vitest"
import { BLOCK, createLocalRig, RATE_HZ, runSession, type SessionOptions } from "./local-rig.ts"

const TONE_HZ = 1000
const period = Float64Array.from({ length: RATE_HZ / TONE_HZ }, (_, i) => 0.5 * Math.sin((2 * Math.PI * i * TONE_HZ) / RATE_HZ))
const signal = (frame: number): number => period[frame % period.length]!
/** By then the drift is known, and the delay is where it stays. */
const settledSeconds = 20
/** Looks at the sound: 100 ms, so many in all. */
const LOOK_FRAMES = 4800
const LOOKS = 60

/** Sine over everything else, dB: a fit of a sine that may change evenly within the look. */
const snrDb = (samples: Float32Array, hz: number): number => {
  const matrix = Array.from({ length: 4 }, () => new Float64Array(5))
  const row = new Float64Array(4)
  const count = samples.length
  const turn = (i: number): void => {
    const angle = 2 * Math.PI * (((i * hz) / RATE_HZ) % 1)
    const t = (2 * i) / count - 1
    row.set([Math.sin(angle), Math.cos(angle), t * Math.sin(angle), t * Math.cos(angle)])
  }
  for (let i = 0; i < count; i++) {
    turn(i)
    matrix.forEach((line, a) => {
      row.forEach((value, b) => { line[b]! += row[a]! * value })
      line[4]! += row[a]! * samples[i]!
    })
  }
  matrix.forEach((line, pivot) => matrix.forEach((other, index) => {
    const factor = other[pivot]! / line[pivot]!
    if (index !== pivot) other.forEach((_, column) => { other[column]! -= factor * line[column]! })
  }))
  let power = 0
  let rest = 0
  for (let i = 0; i < count; i++) {
    turn(i)
    const fitted = row.reduce((sum, value, a) => sum + (value * matrix[a]![4]!) / matrix[a]![a]!, 0)
    power += fitted * fitted
    rest += (samples[i]! - fitted) ** 2
  }
  return 10 * Math.log10(power / rest)
}

/** Largest second difference of a sine, which a click exceeds. */
const sharpest = (samples: Float32Array): number => {
  let most = 0
  for (let i = 1; i < samples.length - 1; i++) most = Math.max(most, Math.abs(samples[i - 1]! - 2 * samples[i]! + samples[i + 1]!))
  return most
}
const sineSharpness = 0.5 * (2 * Math.PI * TONE_HZ / RATE_HZ) ** 2

const listen = (options: Omit<SessionOptions, "each">) => {
  const rig = createLocalRig({ signal, wish: { policy: "tight" } })
  const delays: number[] = []
  const rates: number[] = []
  const looks: { readonly at: number; readonly samples: Float32Array }[] = []
  const rounds = (options.seconds * RATE_HZ) / BLOCK
  const lookRounds = Math.ceil(LOOK_FRAMES / BLOCK)
  const everyRounds = Math.floor(rounds / LOOKS)
  let all = 0
  let tail = 0
  let samples = new Float32Array(lookRounds * BLOCK)
  runSession(rig, { ...options, each: ({ left }, _, index) => {
    const edge = Math.abs(left[0]! - tail)
    if (index > 10) all = Math.max(all, sharpest(left), edge - 2 * Math.PI * 0.5 * TONE_HZ / RATE_HZ)
    tail = left[BLOCK - 1]!
    if (index * BLOCK < settledSeconds * RATE_HZ) return
    delays.push(rig.stat("currentDelayUs") / 1000)
    rates.push(rig.stat("ratePpm"))
    const place = index % everyRounds
    if (place < lookRounds) samples.set(left, place * BLOCK)
    if (place !== lookRounds - 1) return
    looks.push({ at: index, samples })
    samples = new Float32Array(lookRounds * BLOCK)
  } })
  const hz = TONE_HZ * (1 + (options.ppm ?? 0) * 1e-6)
  return {
    rig, delays, rates, sharpness: all,
    worstSnrDb: looks.slice(1).reduce((least, look) => Math.min(least, snrDb(look.samples, hz)), Infinity),
  }
}
const spread = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b))
const deviation = (values: readonly number[], mean: number): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
/** Mostly in time, now and then later, up to so many frames. */
const noisy = (seed: number, frames: number) => (index: number): number => (((index * 7919 + seed) % 101) / 101) ** 2 * frames

const expectUnheard = ({ rig, delays, sharpness }: ReturnType<typeof listen>): void => {
  expect((["concealedFrames", "slips", "resets", "late"] as const).map(rig.stat)).toEqual([0, 0, 0, 0])
  expect(rig.counts()).toEqual({ short: 0, jumps: 0 })
  expect(spread(delays)).toBeLessThan(1)
  expect(sharpness).toBeLessThan(1.05 * sineSharpness)
}

describe.each([300, -300, 50])("a clock of %d ppm", (ppm) => {
  it.each([[600, 64], [60, 2], [60, 110]])("is followed unheard: for %d s, blocks that come %d frames before a round", (seconds, ahead) => {
    const heard = listen({ seconds, ppm, ahead, late: noisy(3, 8), roundLate: noisy(50, 8) })
    expectUnheard(heard)
    expect(Math.abs(heard.rig.stat("driftPpm") - ppm)).toBeLessThan(1)
    expect(deviation(heard.rates, ppm)).toBeLessThan(20)
    expect(heard.delays.at(-1)).toBeLessThan(2)
    expect(heard.worstSnrDb).toBeGreaterThan(90)
  })
})

it.each([300, -300, 0])("a device that brings four blocks at once, on a clock of %d ppm, is heard whole", (ppm) => {
  const heard = listen({ seconds: 120, ppm, bunch: 4, late: noisy(3, 8) })
  expectUnheard(heard)
  expect(heard.delays.at(-1)).toBeLessThan(12)
  expect(heard.worstSnrDb).toBeGreaterThan(90)
})

it.each([10, -10])("a clock of %d ppm, too little to be followed, is corrected unheard", (ppm) => {
  const heard = listen({ seconds: 300, ppm, late: noisy(3, 8) })
  expectUnheard(heard)
  expect(heard.delays.at(-1)).toBeLessThan(4)
})
