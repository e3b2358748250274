import type { ParamValues, TapResume } from "../../runtime/graph/plugin.ts"

/** One tap: a plugin at the far end of its ring. */
export interface TapSpec {
  readonly index: number
  readonly pluginId: string
  readonly params: ParamValues
  readonly place: string
  /** Strip that it listens to, where that is a peer's slot and the name comes and goes. */
  readonly peerStrip?: number
  /** What the thread before this one was at. */
  readonly resume: TapResume
}

export interface TapThreadSpec {
  readonly party: string
  readonly workDir: string
  readonly taps: readonly TapSpec[]
}

/** What the main thread tells it: who sits on a peer's strip. */
export type TapTold = { readonly what: "place"; readonly strip: number; readonly name: string } | { readonly what: "left"; readonly strip: number }

export type TapSaid =
  | { readonly what: "resume"; readonly index: number; readonly resume: TapResume }
  | { readonly what: "report"; readonly kind: "recording started" | "recording stopped" | "recording failed"; readonly text: string }
  | { readonly what: "status"; readonly index: number; readonly place: string; readonly path: string
      readonly state: "recording" | "stopped" | "failed"; readonly seconds: number }
