/**
 * The peers' side of a round: rings the jitter threads, waits for their answers, gives each peer's block to its strip, and gives
 * the blocks back when they are mixed.
 *
 * Thread: audio      Realtime: waits for the jitter threads up to PATIENCE, allocates nothing after creation
 */
import { MixerStats } from "../../runtime/arena/pages.ts"
import { LINE_WORDS, PeerWord, PullWord, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { Renderer } from "../../runtime/graph/renderer.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { BlockFlag, BlockMeta, createBlockReader, type BlockReader } from "../../runtime/ring/block-ring.ts"
import type { EventWriter } from "../../runtime/ring/event-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"

export interface PeerRoundOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly words: ThreadWords
  readonly renderer: Renderer
  readonly journal: EventWriter
  readonly jitter: readonly ThreadWords[]
  /** Strips before the peers' slots. */
  readonly firstStrip: number
  /** The mixer's statistics page. */
  readonly stats: Float64Array
}

export interface PeerRound {
  /** Begins a round; the jitter threads set to work. */
  start(): void
  /** Waits for them. */
  wait(): void
  /** Gives every peer's block to the renderer. */
  give(): void
  /** The block is handed out: notes how old the peers' audio was, and gives their blocks back. */
  done(): void
  /** Rounds that never were. */
  skip(count: number): void
}

/** Blocks' time that the peers' blocks are waited for. A thread that has not answered is not waited for until it has caught up. */
const PATIENCE = 2

const NOW = 0
const DEADLINE = 1
const AGE = 2

export function createPeerRound(options: PeerRoundOptions): PeerRound {
  const { memory, plan, words, renderer, journal, jitter, firstStrip, stats } = options
  const blockUs = (plan.blockFrames * 1e6) / plan.rateHz
  const planeBytes = plan.blockFrames * 4
  const pull = new Int32Array(memory.buffer, plan.pull, PullWord.done + LINE_WORDS * jitter.length)
  const added = createHistogram(memory, plan.histograms.added)
  const peers = plan.peers.map((peer) => ({
    words: new Int32Array(memory.buffer, peer.words, LINE_WORDS),
    reader: createBlockReader(memory, peer.blocks),
  }))
  const peerCount = peers.length
  const expected = new Int32Array(jitter.length)
  const held = new Int32Array(peerCount)
  /** Capture of the block's first frame, us, by slot; NaN where unknown. */
  const captured = new Float64Array(peerCount)
  const cells = new Float64Array(3)
  let round = 0
  let anyPeer = false
  let anyPeerBefore = false

  /** Only threads that had done the round before are expected to do this one. */
  /* @hot */
  function expectThreads(): void {
    for (let i = 0; i < jitter.length; i++) {
      expected[i] = Atomics.load(pull, PullWord.done + LINE_WORDS * i) === ((round - 1) | 0) || !anyPeerBefore ? 1 : 0
    }
    anyPeerBefore = anyPeer
  }

  /* @hot */
  function allDone(): boolean {
    for (let i = 0; i < jitter.length; i++) {
      if (expected[i] === 1 && Atomics.load(pull, PullWord.done + LINE_WORDS * i) !== round) return false
    }
    return true
  }

  /** A block of an earlier round came too late for it and is dropped; one of this round is the input. */
  /* @hot */
  function givePeer(slot: number): void {
    const { words: peerWords, reader } = peers[slot] as { readonly words: Int32Array; readonly reader: BlockReader }
    held[slot] = 0
    if (Atomics.load(peerWords, PeerWord.active) === 0) {
      reader.skipTo(0)
      return
    }
    for (let at = reader.peek(); at >= 0; at = reader.peek()) {
      const flags = reader.read(at)
      if ((reader.meta[BlockMeta.position] as number) !== round) {
        reader.release()
        continue
      }
      const left = reader.address(at)
      held[slot] = 1
      captured[slot] = reader.meta[BlockMeta.stampUs] as number
      renderer.setInput(firstStrip + slot, left, (flags & BlockFlag.mono) !== 0 ? left : left + planeBytes, flags)
      return
    }
    renderer.setInput(firstStrip + slot, 0, 0, BlockFlag.waiting)
  }

  return {
    /* @hot */
    start() {
      round = (Atomics.load(pull, PullWord.round) + 1) | 0
      Atomics.store(pull, PullWord.round, round)
      anyPeer = false
      for (let i = 0; i < peerCount; i++) if (Atomics.load((peers[i] as (typeof peers)[number]).words, PeerWord.active) === 1) anyPeer = true
      if (anyPeer) for (let i = 0; i < jitter.length; i++) (jitter[i] as ThreadWords).ring()
    },
    /* @hot */
    wait() {
      if (!anyPeer) {
        anyPeerBefore = false
        return
      }
      expectThreads()
      readClock(cells, NOW)
      cells[DEADLINE] = (cells[NOW] as number) + blockUs * PATIENCE
      while (!allDone()) {
        const seen = words.bellCount()
        if (allDone()) return
        readClock(cells, NOW)
        const leftUs = (cells[DEADLINE]) - (cells[NOW] as number)
        if (leftUs <= 0) {
          stats[MixerStats.jitterMisses] = (stats[MixerStats.jitterMisses] as number) + 1
          journal.push(cells[NOW] as number, JournalCode.jitterMissed, round, 0, 0, 0)
          return
        }
        words.sleep(seen, leftUs | 0)
      }
    },
    /* @hot */
    give() {
      for (let slot = 0; slot < peerCount; slot++) givePeer(slot)
    },
    /* @hot */
    done() {
      readClock(cells, NOW)
      for (let slot = 0; slot < peerCount; slot++) {
        if (held[slot] === 0) continue
        (peers[slot] as (typeof peers)[number]).reader.release()
        // From the capture ring to the playback ring: the block's own length is not delay.
        cells[AGE] = (cells[NOW] as number) - (captured[slot] as number) - blockUs
        if ((cells[AGE]) > -blockUs && (cells[AGE]) < 10e6) added.add(cells, AGE)
      }
    },
    /* @hot */
    skip(count) {
      Atomics.store(pull, PullWord.round, (Atomics.load(pull, PullWord.round) + count) | 0)
    },
  }
}
