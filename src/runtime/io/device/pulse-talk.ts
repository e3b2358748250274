/** What parec and pacat say on stderr with --verbose, in the C locale. Pure. */

export type Talk =
  | { readonly kind: "ready" | "started" | "xrun" }
  /** Twenty times a second while it plays: what is between our write and the ear, or the mouth and our read. */
  | { readonly kind: "level"; readonly latencyMs: number }
  /** The server has put the stream on another device. */
  | { readonly kind: "moved"; readonly device: string }
  | { readonly kind: "other"; readonly text: string }

/** Erases the terminal codes that the tools print in any case. */
const escape = String.fromCharCode(27)

export const parseTalk = (line: string): Talk => {
  const text = line.split(`${escape}[K`).join("").trim()
  const level = /^Time: -?[\d.]+ sec; Latency: (-?\d+) usec/.exec(text)
  if (level !== null) return { kind: "level", latencyMs: Number(level[1]) / 1000 }
  if (text.startsWith("Stream successfully created")) return { kind: "ready" }
  if (text.startsWith("Stream started")) return { kind: "started" }
  if (text.startsWith("Stream underrun") || text.startsWith("Stream overrun")) return { kind: "xrun" }
  const moved = /^Stream moved to device (\S+)/.exec(text)
  if (moved?.[1] !== undefined) return { kind: "moved", device: moved[1] }
  return { kind: "other", text }
}

/** Cuts pieces of text into lines; a carriage return ends one too. Returns  a function to be given each piece */
export const createLineCutter = (onLine: (line: string) => void): ((text: string) => void) => {
  let rest = ""
  return (text) => {
    const lines = (rest + text).split(/[\r\n]/)
    rest = (lines.pop() ?? "").slice(-2000)
    for (const line of lines) if (line.trim() !== "") onLine(line)
  }
}
