/**
 * A plugin's parameters as numbers, ramped by the host: `from` and `to` are what the processor reads in a block. A number moves in
 * a line of plain values over its `rampMs` in whole blocks, whatever its curve; choices and switches step at a block's start.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { ParamSpec, ParamSpecs, ParamValue, ParamValues } from "./plugin.ts"

const DEFAULT_RAMP_MS = 20

export interface ParamRamps {
  readonly from: Float64Array
  readonly to: Float64Array
  /** Starts a change at the next block; out-of-range numbers are brought into range. False: there is no such value or parameter. */
  set(param: number, value: number): boolean
  /** Moves on by one block. */
  advance(): void
}

/** A decoded value as the number that a processor reads; undefined for what the parameter cannot be. A text stands as 0. */
export const paramNumber = (spec: ParamSpec, value: ParamValue): number | undefined => {
  switch (spec.type) {
    case "number": return typeof value === "number" && Number.isFinite(value) ? value : undefined
    case "switch": return typeof value === "boolean" ? Number(value) : undefined
    case "text": return 0
    case "choice": {
      const index = typeof value === "string" ? spec.choices.indexOf(value) : -1
      return index >= 0 ? index : undefined
    }
  }
}

const lowest = (spec: ParamSpec): number => (spec.type === "number" ? spec.min : 0)
const highest = (spec: ParamSpec): number => {
  switch (spec.type) {
    case "number": return spec.max
    case "choice": return spec.choices.length - 1
    case "switch": return 1
    case "text": return 0
  }
}

/** params  in the manifest's order; a value that is missing is the default */
export function createParamRamps(params: ParamSpecs, values: ParamValues, rateHz: number, blockFrames: number): ParamRamps {
  const specs = Object.entries(params)
  const start = specs.map(([name, spec]) =>
    paramNumber(spec, values[name] ?? spec.default) ?? paramNumber(spec, spec.default) ?? 0)
  const from = Float64Array.from(start)
  const to = Float64Array.from(start)
  const aim = Float64Array.from(start)
  const least = Float64Array.from(specs, ([, spec]) => lowest(spec))
  const most = Float64Array.from(specs, ([, spec]) => highest(spec))
  const stepped = Uint8Array.from(specs, ([, spec]) => (spec.type === "number" ? 0 : 1))
  const rampBlocks = Int32Array.from(specs, ([, spec]) =>
    spec.type === "number" ? Math.ceil(((spec.rampMs ?? DEFAULT_RAMP_MS) * rateHz) / 1000 / blockFrames) : 0)
  const remaining = new Int32Array(specs.length)
  const paramCount = specs.length
  let moving = false
  return {
    from, to,
    /* @hot */
    set(param, value) {
      if (!(param >= 0 && param < paramCount) || value !== value) return false
      if (stepped[param] === 1) {
        if (value < (least[param] as number) || value > (most[param] as number) || value % 1 !== 0) return false
      }
      const wanted = Math.min(most[param] as number, Math.max(least[param] as number, value))
      aim[param] = wanted
      remaining[param] = rampBlocks[param] as number
      if (remaining[param] === 0) to[param] = wanted
      moving = true
      return true
    },
    /* @hot */
    advance() {
      if (!moving) return
      moving = false
      for (let i = 0; i < paramCount; i++) {
        const now = to[i] as number
        const blocks = remaining[i] as number
        from[i] = now
        if (blocks === 0) continue
        to[i] = blocks === 1 ? aim[i] as number : now + ((aim[i] as number) - now) / blocks
        remaining[i] = blocks - 1
        moving = true
      }
    },
  }
}
