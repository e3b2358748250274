/**
 * The real terminal: alternate screen, hidden cursor, raw keys, and a drawing that rewrites only the lines that changed.
 * `leave` puts everything back and may be called from anywhere, any number of times; it is also run when the process exits.
 * Source: ECMA-48, xterm control sequences (1049 alternate screen, 25 cursor, 7 wrap, 2026 synchronised update)
 */
import { emitKeypressEvents } from "node:readline"
import type { ReadStream, WriteStream } from "node:tty"
import { fromEvent, map, merge } from "rxjs"
import type { Observable } from "rxjs"
import type { Key } from "./keys.ts"

const enterCodes = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
const leaveCodes = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

export interface Terminal {
  readonly keys: Observable<Key>
  /** The size changed, or another program has drawn over us: draw anew. */
  readonly redraws: Observable<void>
  size(): { readonly columns: number; readonly rows: number }
  /** Lines as `renderScreen` makes them. */
  draw(lines: readonly string[]): void
  leave(): void
}

/** What differs between two frames, as cursor moves and lines; "" when nothing does. */
export const difference = (before: readonly string[], after: readonly string[]): string => {
  let out = ""
  for (const [index, line] of after.entries()) if (line !== before[index]) out += `\x1b[${index + 1};1H${line}`
  return out
}

/** Takes over the terminal. */
export const openTerminal = (input: ReadStream, output: WriteStream): Terminal => {
  let drawn: readonly string[] = []
  let inside = true
  const leave = (): void => {
    if (!inside) return
    inside = false
    process.removeListener("exit", leave)
    output.write(leaveCodes)
    if (input.isTTY) input.setRawMode(false)
    input.pause()
  }
  process.once("exit", leave)
  const take = (): void => {
    output.write(enterCodes)
    if (input.isTTY) input.setRawMode(true)
  }
  input.on("error", () => undefined) // a terminal that is gone ends the party by SIGHUP
  emitKeypressEvents(input)
  take()
  input.resume()
  const resized = fromEvent(output, "resize").pipe(map(() => output.write("\x1b[2J")))
  const continued = fromEvent(process, "SIGCONT").pipe(map(take))
  return {
    keys: fromEvent(input, "keypress", (_text: string | undefined, key: Key) => key),
    redraws: merge(resized, continued).pipe(map(() => { drawn = [] })),
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    draw: (lines) => {
      const change = inside ? difference(drawn, lines) : ""
      if (change !== "") output.write(`\x1b[?2026h${change}\x1b[?2026l`)
      drawn = lines
    },
    leave,
  }
}
