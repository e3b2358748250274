/**
 * Dotted IPv4 addresses as the description formats carry them.
 *
 * Thread: any      Realtime: no
 */

const dotted = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

/** The four bytes as one number, 0..2^32-1; undefined for what is no address. */
export const parseIpv4 = (text: string): number | undefined => {
  const match = dotted.exec(text)
  if (match === null) return undefined
  let value = 0
  for (const part of match.slice(1)) {
    const byte = Number(part)
    if (byte > 255) return undefined
    value = value * 256 + byte
  }
  return value
}

export const formatIpv4 = (value: number): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

export const isMulticast = (value: number): boolean => value >>> 28 === 14
