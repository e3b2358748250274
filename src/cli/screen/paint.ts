/** Styled pieces of a line, laid out by cells and turned into one string that is exactly as wide as asked. */
import { clean, cut, widthOf } from "../text.ts"

/** Select Graphic Rendition codes. With NO_COLOR only the ones that are no colour remain. Source: ECMA-48 8.3.117 */
const codes = {
  plain: "", bold: "1", dim: "2", good: "32", warm: "33", hot: "31", accent: "36", loud: "1;31", flagWarm: "7;33", flagHot: "7;31",
  flagGood: "7;32",
}
const colourless: Partial<Record<Style, string>> = {
  good: "", warm: "", hot: "", accent: "", loud: "1", flagWarm: "7", flagHot: "7", flagGood: "7",
}
export type Style = keyof typeof codes

export interface Span {
  readonly text: string
  readonly style: Style
}
export type Line = readonly Span[]

/** A span of cleaned text. */
export const span = (text: string, style: Style = "plain"): Span => ({ text: clean(text), style })

export const widthOfLine = (line: Line): number => line.reduce((cells, piece) => cells + widthOf(piece.text), 0)

/** Cuts the line to `columns` cells. */
export const cutLine = (line: Line, columns: number): Line => {
  const kept: Span[] = []
  let room = columns
  for (const piece of line) {
    if (room <= 0) break
    const text = cut(piece.text, room)
    kept.push({ text, style: piece.style })
    room -= widthOf(text)
    if (text !== piece.text) break
  }
  return kept
}

/** Left part and right part at the two edges; the left one gives way. */
export const between = (leftPart: Line, rightPart: Line, columns: number): Line => {
  const rightWidth = widthOfLine(rightPart)
  if (rightWidth + 1 >= columns) return cutLine(leftPart, columns)
  const kept = cutLine(leftPart, columns - rightWidth - 1)
  return [...kept, span(" ".repeat(columns - rightWidth - widthOfLine(kept))), ...rightPart]
}

/** As many parts as fit in a line, over at most `lineCount` lines, each line starting with `indent`. */
export const flow = (parts: readonly Line[], columns: number, lineCount: number, indent: Line): Line[] => {
  const lines: Line[] = []
  let current: Span[] = [...indent]
  let used = 0
  for (const part of parts) {
    const gap = used === 0 ? 0 : 2
    if (used > 0 && widthOfLine(current) + gap + widthOfLine(part) > columns) {
      lines.push(current)
      if (lines.length >= lineCount) return lines
      current = [span(" ".repeat(widthOfLine(indent)))]
      used = 0
    } else if (gap > 0) current.push(span("  "))
    current.push(...part)
    used += 1
  }
  if (used > 0) lines.push(current)
  return lines
}

/** The line as a string of exactly `columns` cells, with escape codes around the styled pieces. */
export const paint = (line: Line, columns: number, colour: boolean): string => {
  const kept = cutLine(line, columns)
  let painted = ""
  for (const piece of kept) {
    const code = colour ? codes[piece.style] : (colourless[piece.style] ?? codes[piece.style])
    painted += code === "" ? piece.text : `\x1b[${code}m${piece.text}\x1b[0m`
  }
  return painted + " ".repeat(Math.max(0, columns - widthOfLine(kept)))
}
