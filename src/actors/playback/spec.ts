import type { OutputSpec } from "../../runtime/preset/preset.ts"

/** What a playback thread is told at birth. */
export interface PlaybackSpec {
  readonly output: number
  readonly what: OutputSpec
  readonly backend: "auto" | "naudiodon" | "pulse"
  readonly master: boolean
  readonly workDir: string
  /** How much faster than the system's a virtual output's clock ticks. */
  readonly clockPpm: number
  /** Not the thread's first life: its file, if it has one, is gone on with. */
  readonly resume: boolean
}

/** What a thread with a device says to the main thread. */
export type DeviceSaid =
  | { readonly what: "opened"; readonly name: string; readonly backend: string; readonly why: string; readonly latencyMs: number }
  | { readonly what: "lost"; readonly reason: string }
  | { readonly what: "missing"; readonly reason: string; readonly hint: string }
