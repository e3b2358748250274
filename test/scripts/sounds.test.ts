/** The demo's sounds are judged by what can be measured: pitch, formants, level, DC, the loop's seam. */
import { describe, expect, test } from "vitest"
import { loadScript } from "./load.ts"

interface Syllable { readonly startFrame: number; readonly lengthFrames: number; readonly midi: number; readonly vowel: string }
interface Song {
  readonly rateHz: number
  readonly frameCount: number
  readonly ann: readonly Syllable[]
  readonly ben: readonly Syllable[]
  readonly cleo: readonly Syllable[]
  hzOf(midi: number): number
}
interface Singer { readonly formantScale: readonly number[] }
interface Voice {
  renderVoice(score: readonly Syllable[], singer: Singer, frameCount: number): Float32Array
  readonly singers: Readonly<Record<"ann" | "ben" | "cleo", Singer>>
}
interface Phonemes { readonly vowels: Readonly<Record<string, { readonly hz: readonly number[] }>> }

const song = await loadScript<Song>("sounds/song.mjs")
const { renderVoice, singers } = await loadScript<Voice>("sounds/voice.mjs")
const { vowels } = await loadScript<Phonemes>("sounds/phonemes.mjs")
const { renderBacking } = await loadScript<{ renderBacking(): readonly [Float32Array, Float32Array] }>("sounds/backing.mjs")
const { rateHz, frameCount } = song

/** Pitch of a stretch by the best match with itself, one period later, Hz. */
const pitchOf = (samples: Float32Array, from: number, length: number, aboutHz: number): number => {
  const similarity = (lag: number): number => {
    let product = 0, one = 0, other = 0
    for (let i = from; i < from + length; i++) {
      const a = samples[i] ?? 0, b = samples[i + lag] ?? 0
      product += a * b
      one += a * a
      other += b * b
    }
    return product / Math.sqrt(one * other)
  }
  const period = rateHz / aboutHz
  let best = 0, bestLag = 0
  for (let lag = Math.floor(period * 0.96); lag <= Math.ceil(period * 1.04); lag++) {
    const value = similarity(lag)
    if (value > best) [best, bestLag] = [value, lag]
  }
  const [before, after] = [similarity(bestLag - 1), similarity(bestLag + 1)]
  return rateHz / (bestLag + (before - after) / (2 * (before - 2 * best + after)))
}

/** Power at a frequency (Goertzel, Hann window). */
const powerAt = (samples: Float32Array, from: number, length: number, hz: number): number => {
  const step = (2 * Math.PI * hz) / rateHz
  let re = 0, im = 0
  for (let i = 0; i < length; i++) {
    const value = (samples[from + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length))
    re += value * Math.cos(step * i)
    im -= value * Math.sin(step * i)
  }
  return (re * re + im * im) / (length * length)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
const peakOf = (samples: Float32Array): number => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)
const meanOf = (samples: Float32Array): number => samples.reduce((sum, sample) => sum + sample, 0) / samples.length
const rmsOf = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)

describe.each(["ann", "ben", "cleo"] as const)("%s", (name) => {
  const score = song[name]
  const voice = renderVoice(score, singers[name], frameCount)

  test("sings every note within 20 cents", () => {
    const off = score.map(({ startFrame, lengthFrames, midi }) => {
      const hz = song.hzOf(midi)
      const from = startFrame + Math.min(0.13 * rateHz, lengthFrames * 0.35)
      const to = startFrame + lengthFrames * 0.85 - 0.02 * rateHz
      const pitches: number[] = []
      for (let at = from; at < to; at += 0.04 * rateHz) pitches.push(pitchOf(voice, Math.round(at), 800, hz))
      return 1200 * Math.log2(median(pitches) / hz)
    })
    expect(Math.max(...off.map(Math.abs))).toBeLessThan(20)
  })

  test("has formants where the vowel has them", () => {
    // A held note's harmonics near the first formant are louder than those in the valley towards the third.
    const held = score.filter(({ lengthFrames, vowel }) => lengthFrames >= rateHz * 0.6 && "aou".includes(vowel))
    expect(held.length).toBeGreaterThan(0)
    for (const { startFrame, midi, vowel } of held) {
      const hz = song.hzOf(midi)
      const at = Math.round(startFrame + 0.15 * rateHz)
      const shape = vowels[vowel]?.hz ?? []
      const formant = (index: number): number => (shape[index] ?? 0) * (singers[name].formantScale[index] ?? 1)
      const around = (wantedHz: number): readonly number[] => {
        const below = Math.max(1, Math.floor(wantedHz / hz))
        return [below, below + 1].map((harmonic) => powerAt(voice, at, 4096, harmonic * hz))
      }
      const first = Math.max(...around(formant(0)))
      const valley = Math.min(...around((formant(1) + formant(2)) / 2))
      expect(10 * Math.log10(first / valley)).toBeGreaterThan(10)
    }
  })

  test("breathes in before the first note", () => {
    const [first] = score
    const inhale = voice.subarray(Math.max(0, (first?.startFrame ?? 0) - 0.3 * rateHz), (first?.startFrame ?? 0) - 0.15 * rateHz)
    expect(rmsOf(inhale)).toBeGreaterThan(1e-4)
    expect(rmsOf(inhale)).toBeLessThan(0.03)
  })

  test("peaks at -6 dBFS, without DC", () => {
    expect(peakOf(voice)).toBeCloseTo(0.5, 3)
    expect(Math.abs(meanOf(voice))).toBeLessThan(1e-4)
  })

  test("loops without a click", () => {
    expect(Math.abs((voice.at(-1) ?? 1) - (voice[0] ?? 1))).toBeLessThan(0.002)
    expect(rmsOf(voice.subarray(-0.05 * rateHz))).toBeLessThan(0.002)
  })

  test("comes out the same each time", () => {
    expect(Buffer.from(renderVoice(score, singers[name], frameCount).buffer).equals(Buffer.from(voice.buffer))).toBe(true)
  })
})

describe("the backing track", () => {
  const [left, right] = renderBacking()

  test("is as long as the voices", () => {
    expect([left.length, right.length]).toEqual([frameCount, frameCount])
  })

  test("has room for its peaks, a song's level and no DC", () => {
    for (const side of [left, right]) {
      expect(peakOf(side)).toBeLessThan(0.86)
      expect(20 * Math.log10(rmsOf(side))).toBeGreaterThan(-20)
      expect(20 * Math.log10(rmsOf(side))).toBeLessThan(-14)
      expect(Math.abs(meanOf(side))).toBeLessThan(2e-4)
    }
  })

  test("loops without a click", () => {
    for (const side of [left, right]) {
      const steps = Array.from({ length: 4800 }, (_, i) => Math.abs((side[frameCount - 4800 + i] ?? 0) - (side[frameCount - 4801 + i] ?? 0)))
      expect(Math.abs((side[0] ?? 0) - (side[frameCount - 1] ?? 0))).toBeLessThanOrEqual(Math.max(...steps))
    }
  })

  test("is in C: its notes are louder than those between", () => {
    const loudness = (midi: number): number => {
      let sum = 0
      for (let at = 0; at + 16384 < frameCount; at += 32768) sum += powerAt(left, at, 16384, song.hzOf(midi))
      return sum
    }
    const inKey = [60, 62, 64, 65, 67, 69, 71].map(loudness)
    const between = [61, 63, 66, 68, 70].map(loudness)
    expect(median(inKey)).toBeGreaterThan(4 * median(between))
  })
})
