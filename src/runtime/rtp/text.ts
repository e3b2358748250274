/**
 * Text from and for the network. What comes in is shown on terminals and used in file names, so it loses everything that could
 * move a cursor, turn the direction of writing or start a new line; what goes out loses the same.
 *
 * Thread: any      Realtime: no
 */

// Controls, line and paragraph separators, marks that change the direction of writing, byte order marks.
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]+/gu

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** One line of visible text; each run of unsafe characters becomes a space, ends are trimmed. */
export const cleanText = (text: string): string => text.replace(unsafe, " ").trim()

/** UTF-8 bytes as one safe line; broken sequences become U+FFFD. */
export const decodeLine = (bytes: Uint8Array, at: number, byteCount: number): string =>
  cleanText(decoder.decode(bytes.subarray(at, at + byteCount)))

/** UTF-8 bytes as they are, line ends included. */
export const decodeText = (bytes: Uint8Array, at: number, byteCount: number): string =>
  decoder.decode(bytes.subarray(at, at + byteCount))

export const encodeText = (text: string): Uint8Array => encoder.encode(text)

/** A safe line of at most `byteLimit` bytes, cut between characters. */
export const encodeLine = (text: string, byteLimit: number): Uint8Array => {
  const bytes = encoder.encode(cleanText(text))
  if (bytes.length <= byteLimit) return bytes
  let end = byteLimit
  // 10xxxxxx continues a character.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1
  return bytes.slice(0, end)
}
