/**
 * Text as it lands in terminal cells: cleaned of what could steer the terminal, measured, cut and padded by width.
 * Names come from the network, so nothing is printed that has not been through `clean`.
 */

/** What a reader cannot see but a terminal may obey. Includes the C1 controls and the bidirectional overrides. */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Removes control, format and direction characters; a tab or line end becomes a space. */
export const clean = (text: string): string => text.replace(/[\t\r\n]+/g, " ").replace(steering, "")

/** First and last code point of the ranges that fill two cells. Source: Unicode 15, East Asian Width W and F. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x231a, 0x231b], [0x23e9, 0x23ec], [0x25fd, 0x25fe], [0x2614, 0x2615], [0x2648, 0x2653], [0x26a1, 0x26a1],
  [0x26bd, 0x26be], [0x26c4, 0x26c5], [0x2705, 0x2705], [0x270a, 0x270b], [0x2728, 0x2728], [0x274c, 0x274c], [0x2753, 0x2755],
  [0x2795, 0x2797], [0x2b50, 0x2b50], [0x2e80, 0x303e], [0x3041, 0x4dbf], [0x4e00, 0xa4cf], [0xa960, 0xa97c], [0xac00, 0xd7a3],
  [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x16fe0, 0x18d08], [0x1b000, 0x1b2fb],
  [0x1f004, 0x1f004], [0x1f0cf, 0x1f0cf], [0x1f18e, 0x1f19a], [0x1f200, 0x1f320], [0x1f32d, 0x1f64f], [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb], [0x1f90c, 0x1faff], [0x20000, 0x3fffd],
]

const cellsOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (/\p{M}/u.test(character)) return 0
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

/** Cells that a cleaned text fills. */
export const widthOf = (text: string): number => {
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

/** Cuts to at most `cells`; what is cut shows as an ellipsis. */
export const cut = (text: string, cells: number): string => {
  if (widthOf(text) <= cells) return text
  let kept = ""
  let used = 0
  for (const character of text) {
    const next = cellsOf(character)
    if (used + next > cells - 1) break
    kept += character
    used += next
  }
  return cells > 0 ? `${kept}…` : ""
}

/** Exactly `cells` wide, text at the left. */
export const left = (text: string, cells: number): string => {
  const kept = cut(text, cells)
  return kept + " ".repeat(Math.max(0, cells - widthOf(kept)))
}

/** Exactly `cells` wide, text at the right. */
export const right = (text: string, cells: number): string => {
  const kept = cut(text, cells)
  return " ".repeat(Math.max(0, cells - widthOf(kept))) + kept
}

/** "-12.3", "+3.0", "-inf". */
export const dbText = (valueDb: number, signed = false): string => {
  if (valueDb === -Infinity || valueDb <= -144) return "-inf"
  const text = (Math.round(valueDb * 10) / 10 || 0).toFixed(1)
  return signed && valueDb > 0 ? `+${text}` : text
}

/** "03:12", or "1:03:12" from an hour on. */
export const clockText = (timeMs: number): string => {
  const seconds = Math.max(0, Math.floor(timeMs / 1000))
  const two = (value: number): string => String(value).padStart(2, "0")
  const hours = Math.floor(seconds / 3600)
  return `${hours > 0 ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
