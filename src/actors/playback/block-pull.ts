/**
 * The master's way to a block: say that one is wanted, ring the mixer, wait for it, take the newest. The whole pull through
 * mixer and jitter buffers fits inside the tick; where it keeps missing, one block is asked for ahead.
 *
 * Thread: audio      Realtime: waits on the own doorbell up to the deadline, allocates nothing after creation
 */
import { OutputStats } from "../../runtime/arena/pages.ts"
import { PullWord, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { createBlockReader, type BlockReader } from "../../runtime/ring/block-ring.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"

export interface BlockPullOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly threadId: string
  readonly output: number
  readonly words: ThreadWords
  readonly mixer: ThreadWords
  /** The first output sets the pace; the others take what it has made happen. */
  readonly master: boolean
}

export interface BlockPull {
  readonly reader: BlockReader
  /** Slot of the block to play, or -1 (underrun, counted). Must be followed by `done` when not -1. */
  next(): number
  done(): void
}

/** Share of a block's time that a pull may take. */
const PATIENCE = 0.85
/** Misses within this many blocks bring the block ahead; that many clean blocks take it back. */
const MISSES = 3
const MISS_WINDOW = 750
const CLEAN_WINDOW = 22_500
/** Blocks that a follower holds, so that its own clock may stray. */
const FOLLOWER_BLOCKS = 2
const FOLLOWER_MOST = 6

export function createBlockPull(options: BlockPullOptions): BlockPull {
  const { memory, plan, words, mixer, master } = options
  const output = plan.outputs[options.output]
  const thread = plan.threads[options.threadId]
  if (output === undefined || thread === undefined) throw new Error("broken invariant: an output and its thread stand in the plan")
  const reader = createBlockReader(memory, output.ring)
  const pull = new Int32Array(memory.buffer, plan.pull, PullWord.served + 1)
  const stats = openStats(memory, output.stats, OutputStats)
  const journal = createEventWriter(memory, thread.journal)
  const cells = new Float64Array(2)
  const patienceUs = ((plan.blockFrames * 1e6) / plan.rateHz) * PATIENCE
  let lead = 0
  let misses = 0
  let sinceMiss = 0
  let primed = false

  /* @hot */
  function want(): void {
    Atomics.store(pull, PullWord.wanted, (Atomics.load(pull, PullWord.wanted) + 1) | 0)
    mixer.ring()
  }

  /* @hot */
  function waitForBlock(): boolean {
    readClock(cells, 0)
    cells[1] = (cells[0] as number) + patienceUs
    while (reader.level() <= 0) {
      const seen = words.bellCount()
      if (reader.level() > 0) return true
      readClock(cells, 0)
      const left = (cells[1] as number) - (cells[0] as number)
      if (left <= 0) return false
      words.sleep(seen, left / 1000)
    }
    return true
  }

  /* @hot */
  function missed(): number {
    stats[OutputStats.underruns] = (stats[OutputStats.underruns] as number) + 1
    readClock(cells, 0)
    journal.push(cells[0] as number, JournalCode.outputUnderrun, options.output, 1, 0, 0)
    if (master) {
      misses = sinceMiss < MISS_WINDOW ? misses + 1 : 1
      sinceMiss = 0
      if (misses >= MISSES && lead === 0) {
        lead = 1
        stats[OutputStats.leadBlocks] = 1
        want()
      }
    }
    return -1
  }

  /* @hot */
  function dropDownTo(keep: number): void {
    const dropped = reader.skipTo(keep)
    if (dropped === 0) return
    stats[OutputStats.dropped] = (stats[OutputStats.dropped] as number) + dropped
    readClock(cells, 0)
    journal.push(cells[0] as number, JournalCode.outputDropped, options.output, dropped, 0, 0)
  }

  /* @hot */
  function nextOfMaster(): number {
    if (!primed) {
      primed = true
      reader.skipTo(0)
    }
    sinceMiss++
    if (lead === 1 && sinceMiss > CLEAN_WINDOW) {
      lead = 0
      stats[OutputStats.leadBlocks] = 0
    } else want()
    if (!waitForBlock()) return missed()
    if (reader.level() > 1 + lead) dropDownTo(1 + lead)
    return reader.peek()
  }

  /* @hot */
  function nextOfFollower(): number {
    if (!primed) {
      if (reader.level() < FOLLOWER_BLOCKS) return -1
      primed = true
    }
    if (reader.level() > FOLLOWER_MOST) dropDownTo(FOLLOWER_BLOCKS)
    const slot = reader.peek()
    if (slot >= 0) return slot
    primed = false
    return missed()
  }

  return {
    reader,
    /* @hot */
    next() {
      stats[OutputStats.blocks] = (stats[OutputStats.blocks] as number) + 1
      return master ? nextOfMaster() : nextOfFollower()
    },
    /* @hot */
    done() {
      reader.release()
    },
  }
}
