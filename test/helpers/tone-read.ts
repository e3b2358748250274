/**
 * Reads tones out of recordings. A slow tone of known level tells, to the frame, how far a recording lags its source, so a
 * missing, doubled or moved frame shows; fast ones tell by their strength whether a stream was there.
 */

export interface SlowTone {
  readonly rateHz: number
  readonly hz: number
  readonly level: number
}

/** Frames of one look. */
export const LOOK_FRAMES = 128
/** Two samples so far apart give the phase. */
const APART = 100
/** 24 bits and float32 arithmetic leave less than this. */
const EXACT = 4e-7

const toneAt = ({ rateHz, hz, level }: SlowTone, frame: number): number => level * Math.sin((2 * Math.PI * hz * frame) / rateHz)

/**
 * By looks of 128 frames: how many frames later than at the source each is heard, modulo the tone's period; NaN where the look is
 * not that tone, and nothing else, sample for sample.
 * samples  begin at the source's frame 0
 */
export const readLags = (samples: Float32Array, tone: SlowTone): Float64Array => {
  const period = tone.rateHz / tone.hz
  const step = (2 * Math.PI * tone.hz) / tone.rateHz
  const lags = new Float64Array(Math.floor(samples.length / LOOK_FRAMES)).fill(NaN)
  for (let look = 0; look < lags.length; look++) {
    const at = look * LOOK_FRAMES
    const sine = samples[at]! / tone.level
    const cosine = (samples[at + APART]! / tone.level - sine * Math.cos(APART * step)) / Math.sin(APART * step)
    const lag = Math.round(at - Math.atan2(sine, cosine) / step)
    let exact = true
    for (let i = 0; i < LOOK_FRAMES && exact; i++) exact = Math.abs(samples[at + i]! - toneAt(tone, at + i - lag)) < EXACT
    if (exact) lags[look] = ((lag % period) + period) % period
  }
  return lags
}

/** The way from one lag to another, frames, by the shorter side of the period. */
export const lagStep = (from: number, to: number, period: number): number => {
  const step = (((to - from) % period) + period) % period
  return step > period / 2 ? step - period : step
}

/** Amplitudes of a tone in looks of `frames`, which must be whole cycles of it (Goertzel's sum, as a plain correlation). */
export const readStrength = (samples: Float32Array, rateHz: number, hz: number, frames: number): Float64Array => {
  const strengths = new Float64Array(Math.floor(samples.length / frames))
  for (let look = 0; look < strengths.length; look++) {
    let sine = 0
    let cosine = 0
    for (let i = 0; i < frames; i++) {
      const angle = (2 * Math.PI * hz * i) / rateHz
      sine += samples[look * frames + i]! * Math.sin(angle)
      cosine += samples[look * frames + i]! * Math.cos(angle)
    }
    strengths[look] = (2 * Math.hypot(sine, cosine)) / frames
  }
  return strengths
}
