/** Thirty streams in one thread that stall and come back all at once: what a round takes, as in actors/jitter/jitter.rt.ts. */
import { createArenaMemory, loadDspModule } from "../../src/runtime/io/dsp-file.ts"
import { readClock } from "../../src/runtime/io/clock.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../src/runtime/dsp/dsp.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { leaveOutCollections } from "./collections.ts"
import { BLOCK_FRAMES, createSinger, PACKET_FRAMES, RATE_HZ, singerBytes, touch, type Singer } from "./singer.ts"

export const CROWD = 30
const CHANNELS = 2
const SECONDS_APART = 2
const STALL_FRAMES = 0.1 * RATE_HZ

export interface Rounds {
  /** us, by round; Infinity where garbage was collected. */
  readonly times: Float64Array
  /** By round: 1 where the gaps begin, 2 where the burst has come, else 0. */
  readonly kinds: Uint8Array
}

const module = await loadDspModule()

/** Every third is no note, and may use the expensive predictor when nobody else has in this round. */
export async function measureCrowd(seconds: number): Promise<Rounds> {
  const each = (singerBytes(CHANNELS) + 63) & ~63
  const memory = createArenaMemory(ARENA_BASE_BYTES + 64 + CROWD * each)
  touch(memory)
  const dsp = instantiateDsp(module, memory)
  const predictorBudget = new Int32Array(1)
  const singers = Array.from({ length: CROWD }, (_, i) => createSinger({
    dsp, memory, at: ((ARENA_BASE_BYTES + 63) & ~63) + i * each, channelCount: CHANNELS, policy: "steady", minDelayMs: 5, predictorBudget,
    sound: i % 3 === 2 ? "chord" : "note", hz: 110 + 9 * i,
  }))
  const roundCount = Math.floor((seconds * RATE_HZ) / BLOCK_FRAMES)
  const times = new Float64Array(roundCount)
  const begunUs = new Float64Array(roundCount)
  const kinds = new Uint8Array(roundCount)
  const cells = new Float64Array(2)
  const events = new Uint32Array(roundCount)
  const packets = new Uint32Array(roundCount)
  const isHeld = (frame: number): boolean => frame > RATE_HZ && frame % (SECONDS_APART * RATE_HZ) < STALL_FRAMES
  const arrivals = Float64Array.from({ length: roundCount }, (_, index) => {
    const at = (index + 1) * PACKET_FRAMES + 20
    return isHeld(at) ? at - (at % (SECONDS_APART * RATE_HZ)) + STALL_FRAMES : at
  })
  let packet = 0
  for (let round = 0; round < roundCount; round++) {
    const now = round * BLOCK_FRAMES
    const first = packet
    readClock(cells, 0)
    predictorBudget[0] = 1
    while ((arrivals[packet] as number) <= now) packet++
    for (let one = 0; one < CROWD; one++) {
      const singer = singers[one] as Singer
      for (let i = first; i < packet; i++) singer.insert(i, arrivals)
      singer.pull(now)
    }
    readClock(cells, 1)
    times[round] = (cells[1] as number) - (cells[0] as number)
    begunUs[round] = cells[0] as number
    packets[round] = packet - first
    for (let one = 0; one < CROWD; one++) events[round] = (events[round] as number) + ((singers[one] as Singer).stats[JitterStats.concealmentEvents] as number)
  }
  for (let round = 1; round < roundCount; round++) {
    kinds[round] = (packets[round] as number) > 4 ? 2 : (events[round] as number) - (events[round - 1] as number) >= CROWD / 2 ? 1 : 0
  }
  await leaveOutCollections(begunUs, times)
  return { times, kinds }
}
