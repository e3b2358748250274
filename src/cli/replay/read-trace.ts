/** Reads the records of a trace, as far as they are whole. */
import { ResourceError } from "../../runtime/errors.ts"
import { readTraceFile } from "../../runtime/io/trace-files.ts"
import { createTraceDecoder, type TraceRecord } from "../../runtime/trace/decode.ts"

export interface TraceReading {
  /** Of a last record that is not whole. */
  readonly cutBytes: number
  /** Where it was damaged; what comes after is not read. */
  readonly damage?: ResourceError
}

/** Gives away the records of a trace's files in their order. */
export function readTrace(files: readonly string[], take: (record: TraceRecord) => void): TraceReading {
  let cutBytes = 0
  for (const path of files) {
    const decoder = createTraceDecoder(take)
    try {
      readTraceFile(path, (bytes) => decoder.push(bytes))
      cutBytes = decoder.end()
    } catch (error) {
      if (!(error instanceof ResourceError)) throw error
      return { cutBytes: 0, damage: new ResourceError(`${path}: ${error.message}`, error.hint, { cause: error }) }
    }
  }
  return { cutBytes }
}
