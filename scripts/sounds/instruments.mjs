/**
 * The band: each function adds one note to a stereo bus that is a loop (what rings over the end goes on at the start).
 * bus   { left, right } Float32Array of one length;  pan   -1..1
 */
import { createNoise } from "./random.mjs"
import { hzOf, rateHz } from "./song.mjs"

const sineLength = 4096
const sine = Float32Array.from({ length: sineLength + 1 }, (_, i) => Math.sin((2 * Math.PI * i) / sineLength))

/** Sine of a phase counted in cycles, 0 or more. */
const sin = (cycles) => {
  const position = (cycles - Math.floor(cycles)) * sineLength
  const index = position | 0
  return sine[index] + (position - index) * (sine[index + 1] - sine[index])
}

/** Adds `lengthFrames` values of `next` from `startFrame` on; the last 3 ms fade, so that nothing is cut off. */
const add = (bus, startFrame, lengthFrames, gain, pan, next) => {
  const frameCount = bus.left.length
  const leftGain = gain * Math.cos(((pan + 1) * Math.PI) / 4)
  const rightGain = gain * Math.sin(((pan + 1) * Math.PI) / 4)
  const fadeFrames = 0.003 * rateHz
  for (let i = 0, at = startFrame % frameCount; i < lengthFrames; i++) {
    const value = next(i) * Math.min(1, (lengthFrames - i) / fadeFrames)
    bus.left[at] += value * leftGain
    bus.right[at] += value * rightGain
    if (++at === frameCount) at = 0
  }
}

/** Factor per frame that falls to 1/1000 in `seconds`. */
const fallOf = (seconds) => Math.exp(-6.9 / (seconds * rateHz))

export const kick = (bus, startFrame, level) => {
  let phase = 0, sweep = 1, loudness = 1, click = 1
  const sweepFall = fallOf(0.12), fall = fallOf(0.42), clickFall = fallOf(0.012)
  add(bus, startFrame, 0.4 * rateHz, level, 0, (i) => {
    phase += (47 + 120 * sweep) / rateHz
    sweep *= sweepFall
    loudness *= fall
    click *= clickFall
    return Math.min(1, i / 24) * (sin(phase) * loudness + 0.25 * click * sin(i * 0.045))
  })
}

export const snare = (bus, startFrame, level, seed) => {
  const noise = createNoise(seed)
  let low = 0, high = 0, body = 1, rattle = 1
  const bodyFall = fallOf(0.14), rattleFall = fallOf(0.26)
  add(bus, startFrame, 0.3 * rateHz, level, 0.05, (i) => {
    body *= bodyFall
    rattle *= rattleFall
    const hiss = noise()
    low += 0.62 * (hiss - low)
    high += 0.14 * (low - high)
    return Math.min(1, i / 16) * (body * (0.5 * sin((i * 188) / rateHz) + 0.3 * sin((i * 331) / rateHz)) + 0.55 * rattle * (low - high))
  })
}

/** Closed below 0.1 s, open above. */
export const hat = (bus, startFrame, level, seconds, pan, seed) => {
  const noise = createNoise(seed)
  let before = 0, earlier = 0, loudness = 1
  const fall = fallOf(seconds)
  add(bus, startFrame, seconds * rateHz, level, pan, (i) => {
    loudness *= fall
    const hiss = noise()
    const bright = hiss - 2 * before + earlier
    earlier = before
    before = hiss
    return Math.min(1, i / 12) * loudness * bright * 0.25
  })
}

export const bass = (bus, startFrame, lengthFrames, midi, level) => {
  const hz = hzOf(midi)
  const step = hz / rateHz
  let bright = 1
  const fall = fallOf(0.5)
  const release = 0.05 * rateHz
  add(bus, startFrame, lengthFrames, level, 0, (i) => {
    bright *= fall
    const phase = i * step
    const tone = sin(phase) + (0.3 + 0.3 * bright) * sin(2 * phase) + (0.08 + 0.3 * bright) * sin(3 * phase) + 0.2 * bright * (sin(4 * phase) + 0.6 * sin(5 * phase) + 0.3 * sin(7 * phase))
    return tone * Math.min(1, i / 180) * Math.min(1, (lengthFrames - i) / release) * (0.75 + 0.25 * bright)
  })
}

/** Electric piano: two operators at the same pitch, and the tine's ring. */
export const piano = (bus, startFrame, lengthFrames, midi, level, pan) => {
  const step = hzOf(midi) / rateHz
  let loudness = 1, index = 1, tine = 1
  const fall = fallOf(3.2), indexFall = fallOf(0.9), tineFall = fallOf(0.25)
  const release = 0.12 * rateHz
  add(bus, startFrame, lengthFrames + release, level, pan, (i) => {
    loudness *= fall
    index *= indexFall
    tine *= tineFall
    const phase = i * step
    const tone = sin(phase + 4 + (0.05 + 0.2 * level * index) * sin(phase)) + 0.12 * tine * sin(phase * 14)
    return Math.min(1, i / 60) * tone * loudness * (i > lengthFrames ? 1 - (i - lengthFrames) / release : 1)
  })
}

/** A steel string, plucked: a noise burst in a delay line (K. Karplus, A. Strong, 1983). */
export const pluck = (bus, startFrame, seconds, midi, level, pan, seed) => {
  const noise = createNoise(seed)
  const period = rateHz / hzOf(midi)
  // The averaging filter delays by half a frame; the rest below a frame is an all-pass.
  const whole = Math.floor(period - 0.6)
  const rest = period - 0.5 - whole
  const allpass = (1 - rest) / (1 + rest)
  const line = new Float32Array(whole)
  let soft = 0
  for (let i = 0; i < whole; i++) {
    soft += 0.45 * (noise() - soft)
    line[i] = soft
  }
  let mean = 0
  for (const value of line) mean += value / whole
  for (let i = 0; i < whole; i++) line[i] -= mean
  let at = 0, last = 0, lastIn = 0, lastOut = 0
  add(bus, startFrame, seconds * rateHz, level, pan, () => {
    const value = line[at]
    const averaged = 0.4985 * (value + last)
    last = value
    lastOut = allpass * (averaged - lastOut) + lastIn
    lastIn = averaged
    line[at] = lastOut
    if (++at === whole) at = 0
    return value
  })
}

const padTable = Float32Array.from({ length: sineLength + 1 }, (_, i) => {
  let value = 0
  for (let harmonic = 1; harmonic <= 10; harmonic++) value += Math.sin((2 * Math.PI * i * harmonic) / sineLength) / harmonic ** 1.9
  return value
})

/** A soft string pad: a note and its slightly detuned twin on the other side. */
export const pad = (bus, startFrame, lengthFrames, midi, level) => {
  const attack = 0.35 * rateHz
  const release = 0.5 * rateHz
  for (const side of [-1, 1]) {
    const step = (hzOf(midi + side * 0.05) / rateHz) * sineLength
    let position = (midi * 997 + side * 311 + 4096) % sineLength
    add(bus, startFrame, lengthFrames + release, level, side * 0.7, (i) => {
      position += step
      if (position >= sineLength) position -= sineLength
      const index = position | 0
      const value = padTable[index] + (position - index) * (padTable[index + 1] - padTable[index])
      return value * Math.min(1, i / attack) * (i > lengthFrames ? 1 - (i - lengthFrames) / release : 1)
    })
  }
}
