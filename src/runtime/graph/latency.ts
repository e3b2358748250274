/** What the inserts add to the way of the sound. Thread: any      Realtime: no */
import type { Processors } from "./load.ts"
import type { MixPlan } from "./plan.ts"

/** Frames by which each chain's output lags its input, by chain. A chain's mono and stereo variants count as the slower one. */
export const chainLatencies = (processors: Processors): readonly number[] =>
  processors.map((chain) =>
    chain.reduce((sum, slot) => sum + Math.max(slot?.mono?.latencyFrames ?? 0, slot?.stereo?.latencyFrames ?? 0), 0))

/** One way from a strip to the output. */
export interface PathLatency {
  readonly kind: "local" | "peer" | "seat"
  readonly strip: string
  /** The bus that it goes through; absent on the direct way. */
  readonly bus?: string
  readonly frameCount: number
}

/**
 * Latency of every way through the mix. Peers' slots, all alike, stand as one: "*".
 *
 * latencies  of chainLatencies
 */
export function pathLatencies(plan: MixPlan, latencies: readonly number[]): readonly PathLatency[] {
  const of = (chain: number): number => latencies[chain] ?? 0
  const master = of(plan.master.chain)
  const local = plan.strips.filter((strip) => strip.kind === "local")
  const [peer] = plan.strips.filter((strip) => strip.kind === "peer")
  const entries = [
    ...local.map((strip) => ({ ...strip, kind: "local" as const })),
    ...plan.seats.map((seat) => ({ ...seat, kind: "seat" as const })),
    ...(peer === undefined ? [] : [{ ...peer, kind: "peer" as const, name: "*" }]),
  ]
  return entries.flatMap(({ kind, name, spec, chain }): PathLatency[] => [
    { kind, strip: name, frameCount: of(chain) + master },
    ...plan.buses
      .filter((bus) => Object.hasOwn(spec.sends, bus.name))
      .map((bus) => ({ kind, strip: name, bus: bus.name, frameCount: of(chain) + of(bus.chain) + master })),
  ])
}
