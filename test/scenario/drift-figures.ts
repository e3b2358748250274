/** What a recorded sine tells of the clock that it was played by: its frequency from moment to moment, and what is not the sine. */

/** Phase of a sine of about `hz` in the middle of some samples, cycles, less that of the nominal one; a Hann window keeps its mirror out. */
const phaseAt = (samples: Float32Array, from: number, count: number, hz: number, rateHz: number): number => {
  let sine = 0
  let cosine = 0
  for (let i = 0; i < count; i++) {
    const angle = 2 * Math.PI * (((from + i) * hz) / rateHz % 1)
    const weighed = samples[from + i]! * (1 - Math.cos((2 * Math.PI * (i + 0.5)) / count))
    sine += weighed * Math.sin(angle)
    cosine += weighed * Math.cos(angle)
  }
  return Math.atan2(cosine, sine) / (2 * Math.PI)
}

/** By windows of `count` frames: how far the frequency there is from `hz`, ppm, by the phase at both of its ends. */
export const readPpm = (samples: Float32Array, from: number, windows: number, count: number, hz: number, rateHz: number): Float64Array => {
  const look = count >> 2
  const phases = Array.from({ length: windows + 1 }, (_, i) => phaseAt(samples, from + i * count - (look >> 1), look, hz, rateHz))
  return Float64Array.from({ length: windows }, (_, i) => {
    const turned = phases[i + 1]! - phases[i]!
    return ((turned - Math.round(turned)) * rateHz * 1e6) / (count * hz)
  })
}

/** What is so near to the sine is its own pitch in motion, which `readPpm` tells of. */
const ownHz = 200

/**
 * Sine over everything else, dB. Energy within 200 Hz of it counts as the sine's; the window (sin to the 8th) lets nothing of that
 * out to -180 dB.
 */
export const readSnrDb = (samples: Float32Array, from: number, count: number, hz: number, rateHz: number): number => {
  const windowed = Float64Array.from({ length: count }, (_, i) => samples[from + i]! * Math.sin((Math.PI * (i + 0.5)) / count) ** 8)
  const total = windowed.reduce((sum, value) => sum + value * value, 0)
  const binHz = rateHz / count
  const circle = Float64Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * i) / count))
  let own = 0
  for (let bin = Math.round((hz - ownHz) / binHz); bin <= Math.round((hz + ownHz) / binHz); bin++) {
    let sine = 0
    let cosine = 0
    for (let i = 0; i < count; i++) {
      sine += windowed[i]! * circle[(bin * i) % count]!
      cosine += windowed[i]! * circle[(bin * i + count / 4) % count]!
    }
    own += (2 * (sine * sine + cosine * cosine)) / count
  }
  return 10 * Math.log10(own / Math.max(total - own, 1e-30))
}
