/**
 * A singer: glottal pulses and breath through five formants, steered by a score.
 *
 *   score → targets a hop (pitch, mouth, level, breath) → smoothed → pulses + noise → formants in parallel → DC filter
 *
 * Deterministic for a seed. All times in frames unless the name says otherwise.
 */
import { createGlottis, stepOf, tableLength } from "./glottis.mjs"
import { consonants, inhale, vowels } from "./phonemes.mjs"
import { createNoise } from "./random.mjs"
import { hzOf, rateHz } from "./song.mjs"

const hopFrames = 64
const hopMs = (hopFrames * 1000) / rateHz
const formantCount = 5
const hops = (ms) => Math.round(ms / hopMs)
const smoothstep = (x) => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x))
const gainOf = (valueDb) => 10 ** (valueDb / 20)

/** Smooths in place, twice one pole forward, and moves the result back by the delay that this makes. */
const smooth = (values, tauMs) => {
  const keep = Math.exp(-hopMs / tauMs)
  let first = values[0]
  let second = values[0]
  const lag = Math.round((2 * tauMs) / hopMs)
  for (let i = 0; i < values.length + lag; i++) {
    first += (1 - keep) * (values[Math.min(i, values.length - 1)] - first)
    second += (1 - keep) * (first - second)
    // What lies `lag` back was read already.
    if (i >= lag) values[i - lag] = second
  }
}

/** Syllables that follow one another within 0.3 s are one phrase. */
const withPhrases = (score) =>
  score.map((syllable, index) => {
    const before = score[index - 1]
    const after = score[index + 1]
    const endFrame = syllable.startFrame + syllable.lengthFrames
    return {
      ...syllable,
      endFrame,
      opens: before === undefined || syllable.startFrame - before.startFrame - before.lengthFrames > 0.3 * rateHz,
      closes: after === undefined || after.startFrame - endFrame > 0.3 * rateHz,
    }
  })

/** Fills one step curve a parameter, hop by hop. */
const plan = (score, singer, frameCount, noise) => {
  const hopCount = Math.ceil(frameCount / hopFrames) + 1
  const curve = (value = 0) => new Float32Array(hopCount).fill(value)
  const curves = {
    cents: curve(score[0].midi * 100), bend: curve(), level: curve(), breath: curve(), voicing: curve(1), burst: curve(), effort: curve(0.4),
    hz: Array.from({ length: formantCount }, () => curve()),
    gain: Array.from({ length: formantCount }, () => curve()),
  }
  const setMouth = (from, to, mouth) => {
    for (let k = 0; k < formantCount; k++) {
      curves.hz[k].fill(mouth.hz[k] * singer.formantScale[k], from, to)
      curves.gain[k].fill(gainOf(mouth.gainsDb[k] + singer.formantDb[k]), from, to)
    }
  }
  setMouth(0, hopCount, vowels.e)
  const highest = Math.max(...score.map((syllable) => syllable.midi))
  let last = 0
  for (const syllable of withPhrases(score)) {
    const consonant = consonants[syllable.consonant]
    const vowel = vowels[syllable.vowel]
    // People are a few milliseconds early or late.
    const onset = Math.max(0, Math.round(syllable.startFrame / hopFrames + hops(6) * noise()))
    const begin = Math.max(0, onset - hops(consonant.ms))
    const end = Math.min(hopCount, Math.round(syllable.endFrame / hopFrames))
    const effort = Math.max(0.1, Math.min(1, singer.effort + 0.03 * (syllable.midi - highest + 5)))
    const loud = (0.75 + 0.3 * effort) * (1 + 0.05 * noise())
    if (syllable.opens) {
      const from = Math.max(last, begin - hops(420))
      const to = Math.max(from, begin - hops(90))
      setMouth(from, to, inhale)
      curves.breath.fill(singer.inhale, from + hops(60), Math.max(from + hops(60), to))
      curves.cents.fill(syllable.midi * 100, last)
    }
    setMouth(begin, onset, consonant.shape ?? vowel)
    curves.level.fill(loud * (consonant.shape?.level ?? 0.5), begin, onset)
    if (consonant.burst > 0) {
      const burst = onset - hops(14)
      curves.level.fill(0, burst - hops(8), burst)
      curves.burst.fill(consonant.burst * loud, burst, burst + hops(9))
    }
    setMouth(onset, hopCount, vowel)
    curves.cents.fill(syllable.midi * 100, begin + Math.round((onset - begin) / 3))
    curves.effort.fill(effort, begin)
    curves.breath.fill(vowel.breath * singer.breath, begin, end)
    const length = Math.max(1, end - onset)
    const vibratoFrom = hops(220)
    for (let i = onset; i < end; i++) {
      const through = (i - onset) / length
      // A note swells a little and falls away; the last of a phrase falls further.
      const fall = smoothstep((through - 0.55) / 0.45) * (syllable.closes ? 0.45 : 0.12)
      curves.level[i] = loud * vowel.level * (0.92 + 0.08 * smoothstep(through * 4) - fall)
      const depth = length > hops(450) ? smoothstep((i - onset - vibratoFrom) / hops(350)) : 0
      curves.bend[i] += depth * singer.vibratoCents * Math.sin(2 * Math.PI * singer.vibratoHz * ((i - onset - vibratoFrom) * hopMs) / 1000)
    }
    // A phrase is scooped into from below, and let go of downwards.
    if (syllable.opens) for (let i = begin; i < Math.min(end, onset + hops(140)); i++) curves.bend[i] -= singer.scoopCents * (1 - smoothstep((i - begin) / hops(140 + consonant.ms)))
    last = end
  }
  smooth(curves.cents, 17)
  smooth(curves.level, 10)
  smooth(curves.breath, 14)
  smooth(curves.burst, 1.5)
  smooth(curves.effort, 40)
  for (let k = 0; k < formantCount; k++) {
    smooth(curves.hz[k], 13)
    smooth(curves.gain[k], 11)
  }
  // Nobody holds a pitch exactly: a slow wander.
  let wander = 0
  for (let i = 0; i < hopCount; i++) {
    wander += 0.012 * (8 * noise() - wander)
    curves.bend[i] += 3 * wander
  }
  return curves
}

/** Sings a score. Returns Float32Array[frameCount], peak at -6 dBFS. */
export const renderVoice = (score, singer, frameCount) => {
  const noise = createNoise(singer.seed)
  const curves = plan(score, singer, frameCount, noise)
  const soft = createGlottis(0.48, 0.2, 2200)
  const pressed = createGlottis(0.38, 0.1, 9000)
  const out = new Float32Array(frameCount)
  const a1 = new Float64Array(formantCount), a2 = new Float64Array(formantCount), b0 = new Float64Array(formantCount)
  const y1 = new Float64Array(formantCount), y2 = new Float64Array(formantCount)
  let phase = 0, jitter = 1, shimmer = 1, x1 = 0, x2 = 0, burstLow = 0, burstHigh = 0, dcIn = 0, dcOut = 0
  const hopCount = Math.floor(frameCount / hopFrames)
  for (let hop = 0; hop < hopCount; hop++) {
    const frequencyHz = hzOf((curves.cents[hop] + curves.bend[hop]) / 100)
    const nextHz = hzOf((curves.cents[hop + 1] + curves.bend[hop + 1]) / 100)
    const softTable = soft(frequencyHz), pressedTable = pressed(frequencyHz)
    const effort = curves.effort[hop]
    for (let k = 0; k < formantCount; k++) {
      // The first formant is never sung below the pitch: trained singers tune it.
      const centre = k === 0 ? Math.max(curves.hz[0][hop], frequencyHz * 1.03) : curves.hz[k][hop]
      const width = vowels.a.widths[k] * (k === 0 ? 1 + frequencyHz / 600 : 1)
      const w = (2 * Math.PI * centre) / rateHz
      const alpha = (Math.sin(w) * width) / (2 * centre)
      const scale = curves.gain[k][hop] / (1 + alpha)
      a1[k] = (-2 * Math.cos(w)) / (1 + alpha)
      a2[k] = (1 - alpha) / (1 + alpha)
      // First formant: low-pass, so that the fundamental stays; the others: band-pass, with alternating sign. Peak gain 1.
      b0[k] = k === 0 ? scale * (1 - Math.cos(w)) * (width / centre) * 0.5 : (k % 2 === 1 ? -1 : 1) * scale * alpha
    }
    for (let i = 0; i < hopFrames; i++) {
      const share = i / hopFrames
      phase += stepOf(frequencyHz + (nextHz - frequencyHz) * share) * jitter
      if (phase >= 1) {
        phase -= 1
        jitter = 1 + 0.0022 * noise()
        shimmer = 1 + 0.03 * noise()
      }
      const position = phase * tableLength, index = position | 0, rest = position - index
      const softValue = softTable[index] + rest * (softTable[index + 1] - softTable[index])
      const pressedValue = pressedTable[index] + rest * (pressedTable[index + 1] - pressedTable[index])
      const level = curves.level[hop] + (curves.level[hop + 1] - curves.level[hop]) * share
      const breath = curves.breath[hop] + (curves.breath[hop + 1] - curves.breath[hop]) * share
      const hiss = noise()
      // Air flows while the folds are open.
      const open = phase < 0.7 ? 1 : 0.35
      const x = level * shimmer * (softValue + effort * (pressedValue - softValue)) + breath * hiss * open
      let y = b0[0] * (x + 2 * x1 + x2) - a1[0] * y1[0] - a2[0] * y2[0]
      y2[0] = y1[0]
      y1[0] = y
      for (let k = 1; k < formantCount; k++) {
        const value = b0[k] * (x - x2) - a1[k] * y1[k] - a2[k] * y2[k]
        y2[k] = y1[k]
        y1[k] = value
        y += value
      }
      // A stop's release: bright noise past the tongue.
      const burst = curves.burst[hop] + (curves.burst[hop + 1] - curves.burst[hop]) * share
      burstHigh += 0.5 * (hiss - burstHigh)
      burstLow += 0.25 * (burstHigh - burstLow)
      y += 0.7 * burst * (burstHigh - burstLow)
      // What leaves the lips above the formants.
      y += 0.025 * (x - x1)
      x2 = x1
      x1 = x
      dcOut = y - dcIn + 0.998 * dcOut
      dcIn = y
      out[hop * hopFrames + i] = dcOut
    }
  }
  return normalize(out, 0.5)
}

/** Scales to a peak, in place. */
export const normalize = (samples, peak) => {
  let highest = 0
  for (const sample of samples) highest = Math.max(highest, Math.abs(sample))
  const scale = highest === 0 ? 0 : peak / highest
  for (let i = 0; i < samples.length; i++) samples[i] *= scale
  return samples
}

/** Who sings. Formant scales: a longer throat has lower formants; a trained one gathers the upper three. */
export const singers = {
  ann: { seed: 11, formantScale: [1, 1, 1, 1, 1], formantDb: [0, 0, 1, 1, 0], effort: 0.62, breath: 1, inhale: 0.05, vibratoHz: 5.7, vibratoCents: 32, scoopCents: 90 },
  ben: { seed: 23, formantScale: [0.84, 0.87, 0.88, 0.8, 0.77], formantDb: [0, 0, 3, 4, 2], effort: 0.7, breath: 0.8, inhale: 0.045, vibratoHz: 5.2, vibratoCents: 28, scoopCents: 120 },
  cleo: { seed: 37, formantScale: [0.93, 0.94, 0.95, 0.95, 0.95], formantDb: [0, 0, 0, 0, -2], effort: 0.45, breath: 1.5, inhale: 0.04, vibratoHz: 4.9, vibratoCents: 26, scoopCents: 60 },
}
