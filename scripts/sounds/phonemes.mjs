/**
 * Mouth shapes: for each sound five formants (Hz), their widths (Hz) and gains (dB), for a woman's alto voice.
 * Values after the common phonetics tables, rounded and adjusted by ear of the spectrum: no data set is copied.
 */
const widths = [75, 95, 130, 170, 240]

const shape = (hz, gainsDb, extra = {}) => ({ hz, gainsDb, widths, level: 1, breath: 0.035, voicing: 1, ...extra })

export const vowels = {
  a: shape([830, 1260, 2850, 3850, 4900], [0, -1, -5, -6, -10]),
  e: shape([500, 2000, 2850, 3900, 4950], [0, -4, -4, -7, -11], { level: 1.05 }),
  i: shape([340, 2450, 3100, 3950, 5000], [0, -7, -5, -7, -12], { level: 1.1 }),
  o: shape([490, 900, 2800, 3800, 4900], [0, -2, -9, -10, -15], { level: 1.05 }),
  u: shape([370, 760, 2700, 3750, 4850], [0, -4, -14, -14, -20], { level: 1, breath: 0.06 }),
}

/** `ms` is how long before the beat the consonant begins. `burst` is the level of a stop's release. */
export const consonants = {
  l: { ms: 75, burst: 0, shape: shape([370, 1150, 2750, 3700, 4800], [0, -9, -16, -18, -24], { level: 0.45 }) },
  n: { ms: 80, burst: 0, shape: shape([270, 1500, 2500, 3600, 4700], [0, -22, -24, -28, -34], { level: 0.5 }) },
  d: { ms: 60, burst: 0.35, shape: shape([240, 1750, 2700, 3700, 4800], [0, -30, -34, -40, -44], { level: 0.12 }) },
  "": { ms: 30, burst: 0, shape: undefined },
}

/** The mouth while breathing in: no voice, wide open. */
export const inhale = shape([700, 1600, 2600, 3700, 4700], [-6, 0, 0, -3, -6], { level: 0, breath: 0.0, voicing: 0 })
