/** A concealer over a signal: gaps at places of it, and what is judged of what was put there. */
import { ARENA_BASE_BYTES } from "../../../../src/runtime/dsp/dsp.ts"
import { concealerBytes, createConcealer } from "../../../../src/runtime/jitter/conceal/concealer.ts"
import type { Concealer } from "../../../../src/runtime/jitter/conceal/concealer.ts"
import type { Side } from "../../dsp/kernels.ts"

export const RATE = 48_000

export interface Gap {
  readonly at: number
  readonly frames: number
  /** Frames of the signal after the gap that are there to be met; 0: only the past. */
  readonly future?: number
  /** Frames that are written by `extend` before the end becomes known. */
  readonly extendFirst?: number
  readonly mayBurg?: boolean
  /** Sizes of the calls to `extend`, in turn. */
  readonly calls?: readonly number[]
  /** Frames of real audio after the gap that `merge` is given; with no future. */
  readonly merged?: number
}

export interface Rig {
  readonly concealer: Concealer
  /** What is heard from gap.at on, a plane a channel: the gap, then `merged` frames. */
  fill(signal: readonly Float32Array[], gap: Gap): Float32Array[]
}

export const createRig = (side: Side): Rig => {
  const at = ARENA_BASE_BYTES
  const concealer = createConcealer({ dsp: side.dsp, memory: side.memory, at, sampleRate: RATE })
  const plane = 8192 * 4
  const scratch = at + concealerBytes(RATE)
  const [history, future, out] = [scratch, scratch + 2 * plane, scratch + 4 * plane] as const
  const put = (address: number, samples: Float32Array): void => {
    side.f32.fill(0, address / 4, address / 4 + 4096)
    side.f32.set(samples, address / 4)
  }
  return {
    concealer,
    fill: (signal, { at: start, frames, future: ahead = 0, extendFirst = 0, mayBurg = true, calls = [128], merged = 0 }) => {
      const stereo = signal.length === 2
      for (const [c, samples] of signal.entries()) {
        put(history + c * plane, samples.subarray(start - concealer.historyFrames, start))
        put(future + c * plane, samples.subarray(start + frames, start + frames + ahead))
        put(out + c * plane, new Float32Array(0))
        side.f32.set(samples.subarray(start + frames, start + frames + merged), (out + c * plane) / 4 + frames)
      }
      const right = stereo ? plane : 0
      concealer.begin(history, history + right, signal.length, mayBurg)
      const bridged = ahead > 0 ? frames - extendFirst : 0
      for (let done = 0, call = 0; done < frames - bridged; call++) {
        const count = Math.min(calls[call % calls.length]!, frames - bridged - done)
        concealer.extend(out + done * 4, out + right + done * 4, count)
        done += count
      }
      if (bridged > 0) {
        const place = out + (frames - bridged) * 4
        concealer.bridge(place, place + right, bridged, future, future + right, ahead)
      }
      for (let done = 0, call = 0, goesOn = merged > 0; goesOn && done < merged; call++) {
        const count = Math.min(calls[call % calls.length]!, merged - done)
        const place = out + (frames + done) * 4
        goesOn = concealer.merge(place, place + right, count, done)
        done += count
      }
      return signal.map((_, c) => side.f32.slice((out + c * plane) / 4, (out + c * plane) / 4 + frames + merged))
    },
  }
}

export const levelDb = (samples: Float32Array): number =>
  10 * Math.log10(samples.reduce((sum, value) => sum + value * value, 0) / samples.length + 1e-20)

/** Places all over a signal (golden section, no lucky ones) with at least 30 ms to both sides, where 20 ms sound above -45 dB. */
export const placesIn = (signal: Float32Array, count: number): number[] => {
  const span = signal.length - 8000
  const all = Array.from({ length: count }, (_, i) => 4000 + Math.floor(span * ((i * 0.618_033_988_7 + 0.37) % 1)))
  return all.filter((at) => levelDb(signal.subarray(at, at + 960)) > -45)
}

/** Signal to difference in a gap, dB; 60 at most. */
export const gapSnrDb = (signal: Float32Array, at: number, heard: Float32Array, frames: number): number => {
  let power = 0
  let difference = 1e-20
  for (let i = 0; i < frames; i++) {
    power += signal[at + i]! ** 2
    difference += (signal[at + i]! - heard[i]!) ** 2
  }
  return Math.min(60, 10 * Math.log10(power / difference))
}

/** The mean over places of a gap's SNR, dB. */
export const meanSnrDb = (rig: Rig, signal: readonly Float32Array[], places: readonly number[], gap: Omit<Gap, "at">): number => {
  const values = places.map((at) => {
    const heard = rig.fill(signal, { ...gap, at })
    return gapSnrDb(signal[0]!, at, heard[0]!, gap.frames)
  })
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The largest second difference within a window, around `at`. */
const bendAround = (samples: Float32Array, at: number, reach: number): number => {
  let most = 0
  for (let i = Math.max(1, at - reach); i < Math.min(samples.length - 1, at + reach); i++) {
    most = Math.max(most, Math.abs(samples[i - 1]! - 2 * samples[i]! + samples[i + 1]!))
  }
  return most
}

/**
 * How a join stands out: the largest second difference within 2 ms around it, as a multiple of the 99.9 percentile of those of the
 * undisturbed sound within 50 ms to each side. Above 4 it is a click.
 */
export const clickOf = (original: Float32Array, heard: Float32Array, join: number): number => {
  const around = original.subarray(Math.max(0, join - 2400), join + 2400)
  const bends = new Float32Array(around.length - 2)
  for (let i = 0; i < bends.length; i++) bends[i] = Math.abs(around[i]! - 2 * around[i + 1]! + around[i + 2]!)
  const usual = bends.sort()[Math.floor(bends.length * 0.999)]!
  return bendAround(heard, join, 48) / Math.max(usual, 1e-6)
}
