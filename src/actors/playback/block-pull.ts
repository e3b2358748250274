/**
 * The master's way to a block: say that one is wanted, ring the mixer, wait for it, take the newest. The whole pull through
 * mixer and jitter buffers fits inside the tick; where it keeps coming late, one block is asked for ahead.
 *
 * A block that is late by some milliseconds is still worth waiting for: a device has a queue of its own, a clock without one
 * catches up, and silence would be heard for certain.
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
  /** So many blocks' time has passed in which nobody could play: the mixer lets it go by, so that the party's time stays the clock's. */
  pass(count: number): void
}

/** Blocks' time that a pull may take: more than the mixer waits for the peers. After a miss, until blocks come again: the second. */
const PATIENCE = 3
const PATIENCE_AFTER_MISS = 0.85
/** Share of a block's time beyond which a pull is late. */
const LATE = 0.85
/** Late pulls, each within so many blocks of the last, bring the block ahead; so many clean blocks take it back. */
const LATES = 3
const LATE_WINDOW = 750
const CLEAN_WINDOW = 22_500
/** Blocks in which everything is still warming up and lateness says nothing. */
const WARM_UP = 750
/** Missed blocks are told of so often at the least while they last, us. */
const TELL_US = 1e6
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
  const blockUs = (plan.blockFrames * 1e6) / plan.rateHz
  let lead = 0
  let lates = 0
  let sinceLate = 0
  let missing = false
  let primed = false
  /** Blocks missed that the journal has not been told of. */
  let untold = 0

  /* @hot */
  function want(): void {
    Atomics.store(pull, PullWord.wanted, (Atomics.load(pull, PullWord.wanted) + 1) | 0)
    mixer.ring()
  }

  /* @hot */
  function waitForBlock(): boolean {
    if (reader.level() > 0) return true
    readClock(cells, 1)
    const patienceUs = blockUs * (missing ? PATIENCE_AFTER_MISS : PATIENCE)
    while (reader.level() <= 0) {
      const seen = words.bellCount()
      if (reader.level() > 0) break
      readClock(cells, 0)
      const leftUs = patienceUs - (cells[0] as number) + (cells[1] as number)
      if (leftUs <= 0) return false
      words.sleep(seen, leftUs | 0)
    }
    readClock(cells, 0)
    if ((cells[0] as number) - (cells[1] as number) > blockUs * LATE) late()
    return true
  }

  /** Asks for a block ahead once it has been late too often. */
  /* @hot */
  function late(): void {
    if ((stats[OutputStats.blocks] as number) < WARM_UP) return
    lates = sinceLate < LATE_WINDOW ? lates + 1 : 1
    sinceLate = 0
    if (lates < LATES || lead !== 0) return
    lead = 1
    stats[OutputStats.leadBlocks] = 1
    want()
  }

  /** A row of missed blocks is told as one: when it has ended, or once a second. */
  /* @hot */
  function tellMissed(): void {
    readClock(cells, 0)
    journal.push(cells[0] as number, JournalCode.outputUnderrun, options.output, untold, 0, 0)
    untold = 0
  }

  /* @hot */
  function missed(): number {
    stats[OutputStats.underruns] = (stats[OutputStats.underruns] as number) + 1
    missing = true
    untold++
    if (untold * blockUs >= TELL_US) tellMissed()
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
    sinceLate++
    if (lead === 1 && sinceLate > CLEAN_WINDOW) {
      lead = 0
      stats[OutputStats.leadBlocks] = 0
    } else want()
    if (!waitForBlock()) return missed()
    missing = false
    if (untold > 0) tellMissed()
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
    if (slot >= 0) {
      if (untold > 0) tellMissed()
      return slot
    }
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
    /* @hot */
    pass(count) {
      if (!master) return
      Atomics.store(pull, PullWord.wanted, (Atomics.load(pull, PullWord.wanted) + count) | 0)
      mixer.ring()
    },
  }
}
