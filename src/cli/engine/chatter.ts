/** The last of what a child process printed: bounded, for the day it dies. */
import type { Readable } from "node:stream"
import { clean } from "../text.ts"

export interface Chatter {
  /** Reads until the stream ends. */
  follow(stream: Readable): void
  /** Kept lines, the latest last. */
  lines(): readonly string[]
}

const keptLines = 60
const longestLine = 400

/** onLine   for those who want to see it at once */
export const createChatter = (onLine?: (line: string) => void): Chatter => {
  const kept: string[] = []
  const add = (line: string): void => {
    const text = clean(line.slice(0, longestLine)).trimEnd()
    if (text === "") return
    kept.push(text)
    if (kept.length > keptLines) kept.shift()
    onLine?.(text)
  }
  return {
    follow: (stream) => {
      let rest = ""
      stream.setEncoding("utf8")
      stream.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n")
        rest = (lines.pop() ?? "").slice(-longestLine)
        lines.forEach(add)
      })
      stream.on("end", () => add(rest))
      stream.on("error", () => undefined)
    },
    lines: () => kept,
  }
}
