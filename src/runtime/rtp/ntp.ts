/**
 * Wall clock in microseconds since 1970 to and from NTP's 64 bits (seconds since 1900, and fractions of 2^-32 s).
 * A whole number of microseconds comes back exactly. Seconds with the top bit clear are read as after February 2036.
 *
 * Thread: any      Realtime: wait-free, allocates nothing
 * Source   RFC 5905 6; RFC 4330 3 for the era; RFC 3550 4, 6.4.1 for the short form
 */

const secondsTo1970 = 2_208_988_800
const fractionsPerUs = 4294.967296

/** Upper 32 bits: seconds, modulo 2^32. */
export const ntpHiOfUs = (wallUs: number): number => (Math.floor(wallUs / 1e6) + secondsTo1970) >>> 0

/** Lower 32 bits: fractions of a second. */
export const ntpLoOfUs = (wallUs: number): number =>
  Math.floor((wallUs - Math.floor(wallUs / 1e6) * 1e6) * fractionsPerUs) >>> 0

/** Microseconds since 1970, 1968..2104. */
export const usOfNtp = (ntpHi: number, ntpLo: number): number =>
  ((ntpHi >= 0x8000_0000 ? ntpHi : ntpHi + 0x1_0000_0000) - secondsTo1970) * 1e6 + Math.round(ntpLo / fractionsPerUs)

/** The middle 32 of the 64 bits: 16.16 seconds, as in LSR. */
export const ntpMiddle = (ntpHi: number, ntpLo: number): number => ((ntpHi << 16) | (ntpLo >>> 16)) >>> 0

/** A time span as 16.16 seconds, as in DLSR; what is out of range is clamped. */
export const shortOfUs = (spanUs: number): number =>
  Math.min(0xffff_ffff, Math.max(0, Math.round(spanUs * 0.065536)))

export const usOfShort = (short: number): number => short / 0.065536

/**
 * Round trip as the sender of a report sees it: arrival of the block less LSR less DLSR.
 * nowMiddle  `ntpMiddle` of the block's arrival, on the clock that wrote the report
 * Returns  us, 0 or more; a clock that stepped backwards gives 0
 */
export const roundTripUs = (nowMiddle: number, lsr: number, dlsr: number): number =>
  Math.max(0, usOfShort((nowMiddle - lsr - dlsr) | 0))
