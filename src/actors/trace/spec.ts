import type { TraceHeader, TraceName } from "../../runtime/trace/format.ts"

/** What the trace thread is told at birth. */
export interface TraceThreadSpec {
  readonly path: string
  readonly header: TraceHeader
  /** Who is there, where another thread had the trace before. */
  readonly names: readonly TraceName[]
  /** Another thread had it before. */
  readonly resume: boolean
}

/** What the main thread tells it: who has a slot. */
export interface TraceTold {
  readonly name: TraceName
}

export type TraceSaid =
  /** Records found no room and were left out. */
  | { readonly what: "gap"; readonly records: number }
  | { readonly what: "stopped"; readonly path: string }
  | { readonly what: "failed"; readonly path: string; readonly reason: string }
