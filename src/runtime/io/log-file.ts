/** The party's log: one event a line, appended; a disk that is full ends the log, not the party. */
import { createWriteStream, type WriteStream } from "node:fs"

export interface LogFile {
  line(text: string): void
  close(): Promise<void>
}

/** onTrouble   called once, when the file cannot be written (any more) */
export function openLog(path: string, onTrouble: (error: Error) => void): LogFile {
  let stream: WriteStream | undefined = createWriteStream(path, { flags: "a" })
  stream.on("error", (error) => {
    stream = undefined
    onTrouble(error)
  })
  return {
    line: (text) => void stream?.write(`${text}\n`),
    close: () => new Promise((resolve) => (stream === undefined ? resolve() : stream.end(() => resolve()))),
  }
}
