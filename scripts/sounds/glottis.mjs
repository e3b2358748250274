/**
 * One cycle of the voice's source: the derivative of a Rosenberg glottal pulse, as band-limited tables.
 * Source: A. Rosenberg, "Effect of glottal pulse shape on the quality of natural vowels", 1971, pulse C.
 */
import { rateHz } from "./song.mjs"

export const tableLength = 2048
const fineLength = 4096
const bandsPerOctave = 3
const lowestHz = 110

/** Complex spectrum of the pulse's derivative, harmonic by harmonic. */
const harmonicsOf = (openShare, closeShare, harmonicCount) => {
  const flow = new Float64Array(fineLength)
  for (let i = 0; i < fineLength; i++) {
    const t = i / fineLength
    if (t < openShare) flow[i] = 0.5 * (1 - Math.cos((Math.PI * t) / openShare))
    else if (t < openShare + closeShare) flow[i] = Math.cos((Math.PI / 2) * ((t - openShare) / closeShare))
  }
  const cosine = Float64Array.from({ length: fineLength }, (_, i) => Math.cos((2 * Math.PI * i) / fineLength))
  const quarter = fineLength / 4
  return Array.from({ length: harmonicCount }, (_, index) => {
    const harmonic = index + 1
    let re = 0
    let im = 0
    for (let i = 0; i < fineLength; i++) {
      const at = (i * harmonic) % fineLength
      re += flow[i] * cosine[at]
      im -= flow[i] * cosine[(at + 3 * quarter) % fineLength]
    }
    // The derivative: times j·harmonic.
    return { re: -im * harmonic, im: re * harmonic }
  })
}

/**
 * Tables for rising pitches, each without harmonics over 20 kHz.
 * openShare, closeShare   shares of the cycle in which the folds open and close
 * tiltHz                  above it the spectrum falls by 6 dB an octave more
 */
export const createGlottis = (openShare, closeShare, tiltHz) => {
  const spectrum = harmonicsOf(openShare, closeShare, Math.floor(20_000 / lowestHz))
  const sine = Float64Array.from({ length: tableLength }, (_, i) => Math.sin((2 * Math.PI * i) / tableLength))
  const tables = Array.from({ length: 3 * bandsPerOctave }, (_, band) => {
    const fromHz = lowestHz * 2 ** (band / bandsPerOctave)
    const highestHz = fromHz * 2 ** (1 / bandsPerOctave)
    const table = new Float32Array(tableLength + 1)
    for (let harmonic = 1; harmonic * highestHz < 20_000 && harmonic <= spectrum.length; harmonic++) {
      const tilt = 1 / Math.hypot(1, (harmonic * fromHz) / tiltHz)
      const { re, im } = spectrum[harmonic - 1]
      for (let i = 0; i < tableLength; i++) {
        const at = (i * harmonic) % tableLength
        table[i] += tilt * (re * sine[(at + tableLength / 4) % tableLength] - im * sine[at])
      }
    }
    let power = 0
    for (let i = 0; i < tableLength; i++) power += table[i] * table[i]
    const scale = 1 / Math.sqrt(power / tableLength)
    for (let i = 0; i < tableLength; i++) table[i] *= scale
    table[tableLength] = table[0]
    return table
  })
  return (frequencyHz) => {
    const band = Math.floor(bandsPerOctave * Math.log2(frequencyHz / lowestHz))
    return tables[Math.max(0, Math.min(tables.length - 1, band))]
  }
}

/** Cycles a frame. */
export const stepOf = (frequencyHz) => frequencyHz / rateHz
