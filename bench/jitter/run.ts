/** One model, one buffer, one row of figures. */
import type { MakeBuffer } from "./buffer-under-test.ts"
import { drive } from "./harness.ts"
import { modelNamed } from "./models/models.ts"
import { BLOCK_FRAMES, makeTrace, RATE_HZ, type Trace } from "./network.ts"
import { bestJ, oracleInput, SLOW } from "./oracle.ts"
import { score, type Scores } from "./scores.ts"

export interface ModelScores extends Scores {
  /** The slow oracle's best j on this trace. */
  readonly bestJ: number
  /** j / bestJ */
  readonly ratio: number
}

interface Prepared {
  readonly trace: Trace
  readonly bestJ: number
}

const prepared = new Map<string, Prepared>()

/** The trace and the oracle's best on it, made once. */
export function prepare(name: string, packetFrames: number, seed: number): Prepared {
  const key = `${name} ${packetFrames} ${seed}`
  const known = prepared.get(key)
  if (known !== undefined) return known
  const trace = makeTrace(modelNamed(name), packetFrames, seed)
  const made = { trace, bestJ: bestJ(oracleInput(trace), SLOW) }
  prepared.set(key, made)
  return made
}

/**
 * Runs a buffer through a model's trace.
 * name           of a model (models/models.ts)
 * packetFrames   120, 128, 240, 480
 */
export function runModel(name: string, packetFrames: number, seed: number, makeBuffer: MakeBuffer): ModelScores {
  const { trace, bestJ: best } = prepare(name, packetFrames, seed)
  const buffer = makeBuffer({
    sampleRate: RATE_HZ, blockFrames: BLOCK_FRAMES, packetFrames, firstTimestamp: trace.firstTimestamp,
  })
  const scores = score(trace, drive(trace, buffer))
  return { ...scores, bestJ: best, ratio: scores.j / best }
}
