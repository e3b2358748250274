import type { RendererLayout } from "../../runtime/graph/layout.ts"
import type { MixPlan } from "../../runtime/graph/plan.ts"

/** What the mixer is told at birth. */
export interface MixerSpec {
  readonly mix: MixPlan
  readonly layout: RendererLayout
  /** By local strip: index of its source in the plan. */
  readonly localSources: readonly number[]
  /** By local strip: its source ticks on the master's clock. */
  readonly oneClock: readonly boolean[]
  readonly jitterThreads: number
  /** By output: its thread. */
  readonly outputThreads: readonly string[]
}
