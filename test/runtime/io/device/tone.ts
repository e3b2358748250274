/** A sine, and what has become of it. */

export const rateHz = 48000

/** Interleaved stereo. */
export const sine = (hz: number, seconds: number, peak: number): Float32Array => {
  const samples = new Float32Array(Math.round(seconds * rateHz) * 2)
  for (let i = 0; i < samples.length; i++) samples[i] = peak * Math.sin((2 * Math.PI * hz * (i >> 1)) / rateHz)
  return samples
}

/** One channel of interleaved samples. */
export const channelOf = (interleaved: Float32Array, channelCount: number, channel: number): Float32Array =>
  Float32Array.from({ length: Math.floor(interleaved.length / channelCount) }, (_, i) => interleaved[i * channelCount + channel]!)

export interface Heard {
  /** First frame that is not silent; -1 when all are. */
  readonly startFrame: number
  readonly peak: number
  /** By the zero crossings of its longest unbroken stretch. */
  readonly hz: number
  /** Places after the start where it is not the continuous sine: clicks, gaps, and their ends. */
  readonly breaks: readonly number[]
}

const longestStretch = (edges: readonly number[]): readonly [number, number] => {
  let best: readonly [number, number] = [0, 0]
  for (const [i, end] of edges.entries()) {
    const begin = edges[i - 1] ?? end
    if (end - begin > best[1] - best[0]) best = [begin, end]
  }
  return best
}

const pitchOf = (samples: Float32Array, [begin, end]: readonly [number, number]): number => {
  let crossings = 0
  let first = 0
  let last = 0
  for (let i = begin + 1; i < end; i++) {
    const before = samples[i - 1]!
    const value = samples[i]!
    if (before >= 0 || value < 0) continue
    last = i - value / (value - before)
    if (crossings === 0) first = last
    crossings++
  }
  return crossings > 1 ? ((crossings - 1) * rateHz) / (last - first) : 0
}

/**
 * Three samples of a sine in a row obey x[n] = 2 cos(w) x[n-1] - x[n-2]: where they do not, it is broken.
 * settleFrames  after the start, not looked at
 */
export const listen = (samples: Float32Array, hz: number, settleFrames: number): Heard => {
  const startFrame = samples.findIndex((value) => Math.abs(value) > 1e-3)
  if (startFrame < 0) return { startFrame, peak: 0, hz: 0, breaks: [] }
  const factor = 2 * Math.cos((2 * Math.PI * hz) / rateHz)
  const breaks: number[] = []
  const from = startFrame + settleFrames
  let peak = 0
  for (let i = from; i < samples.length; i++) {
    const value = samples[i]!
    peak = Math.max(peak, Math.abs(value))
    const wrong = Math.abs(value - factor * samples[i - 1]! + samples[i - 2]!)
    // One break touches two residues; what follows within 5 ms belongs to it.
    if (wrong > 1e-3 && i - (breaks.at(-1) ?? -1000) > 240) breaks.push(i)
  }
  return { startFrame, peak, hz: pitchOf(samples, longestStretch([from, ...breaks, samples.length])), breaks }
}
