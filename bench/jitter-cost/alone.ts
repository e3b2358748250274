/** What one stream costs, by what happens to it: every insert and every pull by the clock. */
import { createArenaMemory, loadDspModule } from "../../src/runtime/io/dsp-file.ts"
import { readClock } from "../../src/runtime/io/clock.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../../src/runtime/dsp/dsp.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { leaveOutCollections } from "./collections.ts"
import { BLOCK_FRAMES, createSinger, PACKET_FRAMES, singerBytes, touch, type SingerOptions, type Sound } from "./singer.ts"

export interface Fate {
  readonly name: string
  readonly sound: Sound
  readonly delay: Pick<SingerOptions, "policy" | "minDelayMs">
  /** When packet `index` arrives, frames; Infinity: never. In order. */
  readonly arrival: (index: number) => number
}

/** By what a pull did. */
export const DEEDS = ["plays", "a gap begins", "a gap goes on", "a gap is bridged", "audio returns"] as const

export interface Costs {
  /** By packet and by pull, us; Infinity where garbage was collected. */
  readonly inserts: Float64Array
  readonly pulls: Float64Array
  /** By pull: index into DEEDS. */
  readonly deeds: Uint8Array
}

const module = await loadDspModule()

/** Of a pull that filled so many frames and began so many gaps. Packets and blocks are of one length: what fills less than a block leads over. */
function deedOf(concealed: number, events: number, wasGap: boolean): number {
  if (events > 0) return concealed < BLOCK_FRAMES ? 3 : 1
  if (concealed === BLOCK_FRAMES) return 2
  if (wasGap) return 4
  return concealed > 0 ? 3 : 0
}

/** The same input always costs the same; what it costs more is other programs' doing. */
export async function measureAlone({ sound, delay, arrival }: Fate, channelCount: 1 | 2, blockCount: number): Promise<Costs> {
  const memory = createArenaMemory(ARENA_BASE_BYTES + 64 + singerBytes(channelCount))
  touch(memory)
  const singer = createSinger({ ...delay, dsp: instantiateDsp(module, memory), memory, at: (ARENA_BASE_BYTES + 63) & ~63, channelCount, sound, hz: 196 })
  const inserts = new Float64Array(Math.ceil((blockCount * BLOCK_FRAMES * 1.001) / PACKET_FRAMES) + 8)
  const pulls = new Float64Array(blockCount)
  const insertedUs = new Float64Array(inserts.length)
  const pulledUs = new Float64Array(blockCount)
  const deeds = new Uint8Array(blockCount)
  const arrivals = Float64Array.from({ length: inserts.length + 1 }, (_, index) => arrival(index))
  const cells = new Float64Array(2)
  /** By block: filled so far, gaps so far. */
  const concealed = new Uint32Array(blockCount)
  const events = new Uint32Array(blockCount)
  let packet = 0
  for (let block = 0; block < blockCount; block++) {
    const now = block * BLOCK_FRAMES
    for (; packet < inserts.length && ((arrivals[packet] as number) <= now || arrivals[packet] === Infinity); packet++) {
      if (arrivals[packet] === Infinity) continue
      readClock(cells, 0)
      singer.insert(packet, arrivals)
      readClock(cells, 1)
      inserts[packet] = (cells[1] as number) - (cells[0] as number)
      insertedUs[packet] = cells[0] as number
    }
    readClock(cells, 0)
    singer.pull(now)
    readClock(cells, 1)
    pulls[block] = (cells[1] as number) - (cells[0] as number)
    pulledUs[block] = cells[0] as number
    concealed[block] = singer.stats[JitterStats.concealedFrames] as number
    events[block] = singer.stats[JitterStats.concealmentEvents] as number
  }
  const since = (counts: Uint32Array, block: number): number => (counts[block] as number) - (counts[block - 1] ?? 0)
  for (let block = 1; block < blockCount; block++) {
    deeds[block] = deedOf(since(concealed, block), since(events, block), since(concealed, block - 1) === BLOCK_FRAMES)
  }
  await leaveOutCollections(insertedUs, inserts)
  await leaveOutCollections(pulledUs, pulls)
  return { inserts: inserts.subarray(0, packet), pulls, deeds }
}
