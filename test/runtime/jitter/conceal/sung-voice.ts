/** A sung voice made of glottal pulses with vibrato, jitter and breath through formants that move from vowel to vowel. */
import { createRandom } from "../../dsp/kernels.ts"

const vowels = [
  [730, 1090, 2440, 3400], [270, 2290, 3010, 3600], [300, 870, 2240, 3300], [530, 1840, 2480, 3500], [570, 840, 2410, 3300],
] as const
const widths = [80, 90, 120, 150]

/** One note a second. */
export const singVoice = (rateHz: number, notesHz: readonly number[], seed = 1): Float32Array => {
  const random = createRandom(seed)
  const out = new Float32Array(notesHz.length * rateHz)
  const state = widths.map(() => [0, 0] as [number, number])
  const centre = [...vowels[0]] as number[]
  let phase = 0
  let pitch = notesHz[0]!
  let level = 0
  let peak = 0
  for (let i = 0; i < out.length; i++) {
    const seconds = i / rateHz
    const note = Math.floor(seconds)
    // Pitch and vowel glide in 30 ms; a note swells and falls.
    pitch += (notesHz[note]! - pitch) / (0.03 * rateHz)
    level += ((0.4 + 0.6 * Math.sin(Math.PI * (seconds - note))) - level) / (0.02 * rateHz)
    const cents = 35 * Math.sin(2 * Math.PI * 5.5 * seconds) + 3 * (random() - 0.5)
    phase += (pitch * 2 ** (cents / 1200)) / rateHz
    phase -= Math.floor(phase)
    // The flow opens slowly and closes fast; the formants hear its derivative.
    const open = 0.6
    const flow = phase < open ? Math.sin((Math.PI * phase) / open) * (phase < 0.8 * open ? 0.4 : -1.2) : 0
    let value = flow + 0.02 * (random() - 0.5)
    for (let k = 0; k < widths.length; k++) {
      centre[k]! += (vowels[note % vowels.length]![k]! - centre[k]!) / (0.03 * rateHz)
      const r = Math.exp((-Math.PI * widths[k]!) / rateHz)
      const c = 2 * r * Math.cos((2 * Math.PI * centre[k]!) / rateHz)
      const [before, beforeThat] = state[k]!
      value = (1 - c + r * r) * value + c * before - r * r * beforeThat
      state[k] = [value, before]
    }
    out[i] = value * level
    peak = Math.max(peak, Math.abs(out[i]!))
  }
  return out.map((value) => (0.5 * value) / peak)
}
