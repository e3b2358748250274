/** A level meter of eighth blocks with a peak hold, and its ballistics. */
import { span } from "./paint.ts"
import type { Span, Style } from "./paint.ts"

const floorDb = -60
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** Where a level stands on the scale, 0..1; linear in dB from -60 to 0. */
const positionOf = (levelDb: number): number => Math.min(1, Math.max(0, (levelDb - floorDb) / -floorDb))

/** Green up to -18 dBFS, yellow up to -6, red above. */
export const styleOfLevel = (levelDb: number): Style => (levelDb > -6 ? "hot" : levelDb > -18 ? "warm" : "good")

/**
 * The meter, exactly `cells` wide.
 * levelDb  the bar
 * holdDb   the tick that stays at the last peak
 */
export const meter = (levelDb: number, holdDb: number, cells: number, shadow: boolean): Span[] => {
  const lit = Math.round(positionOf(levelDb) * cells * 8)
  const holdCell = positionOf(holdDb) > 0 ? Math.min(cells - 1, Math.floor(positionOf(holdDb) * cells)) : -1
  const spans: Span[] = []
  for (let cell = 0; cell < cells; cell += 1) {
    const part = Math.min(8, Math.max(0, lit - cell * 8))
    const style = shadow ? "dim" : styleOfLevel(floorDb - (floorDb * (cell + 0.5)) / cells)
    if (part === 8) spans.push(span("█", style))
    else if (cell === holdCell) spans.push(span("│", style))
    else if (part > 0) spans.push(span(eighths[part] ?? "", style))
    else spans.push(span("·", "dim"))
  }
  return joined(spans)
}

const joined = (spans: readonly Span[]): Span[] => {
  const out: Span[] = []
  for (const piece of spans) {
    const last = out.at(-1)
    if (last !== undefined && last.style === piece.style) out[out.length - 1] = { text: last.text + piece.text, style: last.style }
    else out.push(piece)
  }
  return out
}

export interface Level {
  readonly levelDb: number
  readonly holdDb: number
  /** When the hold was set, ms of the party. */
  readonly heldAtMs: number
  readonly atMs: number
}

const fallDbPerMs = 0.03
const holdMs = 1500

/** The next level: rises at once, falls 30 dB a second; the hold stays for 1.5 s, then falls likewise. */
export const follow = (before: Level | undefined, peakDb: number, nowMs: number): Level => {
  if (before === undefined) return { levelDb: peakDb, holdDb: peakDb, heldAtMs: nowMs, atMs: nowMs }
  const fallDb = Math.max(0, nowMs - before.atMs) * fallDbPerMs
  const rises = peakDb >= before.holdDb
  const holds = nowMs - before.heldAtMs < holdMs
  return {
    levelDb: Math.max(peakDb, before.levelDb - fallDb),
    holdDb: rises ? peakDb : holds ? before.holdDb : Math.max(peakDb, before.holdDb - fallDb),
    heldAtMs: rises ? nowMs : before.heldAtMs,
    atMs: nowMs,
  }
}
