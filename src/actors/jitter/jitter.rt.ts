/**
 * The hot loop of a jitter thread: on every round of the mixer it drains its peers' packet rings into their buffers and pulls one
 * block from each into their block rings. Packets ring no bell: they wait in their rings until the next round asks for them,
 * since a thread's wake-up costs more than a peer does.
 *
 * Thread: audio      Realtime: allocates nothing after creation
 */
import { PeerStats } from "../../runtime/arena/pages.ts"
import { LINE_WORDS, PeerWord, PullWord, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import { createJitterBuffer } from "../../runtime/jitter/jitter-buffer.ts"
import type { PayloadLayout } from "../../runtime/jitter/sample-store.ts"
import { segmentReportLength } from "../../runtime/jitter/segment-report.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { createBlockWriter } from "../../runtime/ring/block-ring.ts"
import { createEventWriter, type EventWriter } from "../../runtime/ring/event-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { createPacketReader } from "../../runtime/ring/packet-ring.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import { createTraceRecorder, type TraceRecorder } from "../../runtime/trace/recorder.ts"
import { createSlotRecorder } from "../../runtime/trace/slot-recorder.ts"
import type { HotLoop } from "../thread/blocking-thread.ts"
import { createJitterWishReader } from "./wish.ts"

export interface JitterLoopOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly dsp: Dsp
  readonly words: ThreadWords
  readonly mixer: ThreadWords
  readonly threadIndex: number
  /** Slots hosted by this thread. */
  readonly slots: readonly number[]
  /** By payload type. */
  readonly layouts: readonly (PayloadLayout | undefined)[]
}

/** Rounds between two reports of late packets, at the least: a tenth of a second. */
const TELL_ROUNDS = 38
/** No peer can send more in one block's time; what is over waits for the next round. */
const PACKETS_PER_ROUND = 512
const SLEEP_US = 50_000

function createPeer(
  options: JitterLoopOptions, slot: number, journal: EventWriter, budget: Int32Array, recorder: TraceRecorder | undefined,
) {
  const { memory, plan, dsp, layouts } = options
  const peer = plan.peers[slot]
  if (peer === undefined) throw new Error("broken invariant: a jitter thread hosts slots of the plan")
  const active = new Int32Array(memory.buffer, peer.words, LINE_WORDS)
  const packets = createPacketReader(memory, peer.packets)
  const blocks = createBlockWriter(memory, peer.blocks)
  const stats = openStats(memory, peer.jitterStats, JitterStats)
  const report = recorder && new Float64Array(segmentReportLength(plan.blockFrames))
  const buffer = createJitterBuffer({
    dsp, memory, at: peer.store, sampleRate: plan.rateHz, blockFrames: plan.blockFrames, stats,
    policy: "steady", predictorBudget: budget, ...(report !== undefined && { report }),
  })
  const trace = recorder && report && createSlotRecorder({
    ring: recorder.ring, dsp, memory, thread: options.threadIndex, slot, buffer, report, stats, blockFrames: plan.blockFrames,
    peerStats: openStats(memory, peer.peerStats, PeerStats), ssrc: new Int32Array(memory.buffer, peer.words + PeerWord.ssrc * 4, 1),
    statsPulls: Math.round(plan.rateHz / plan.blockFrames),
  })
  const wish = createJitterWishReader(memory, peer.wish)
  const waitsAt = plan.jitterWaits[options.threadIndex]
  if (waitsAt === undefined) throw new Error("broken invariant: a jitter thread has a histogram")
  const waits = createHistogram(memory, waitsAt)
  const cells = new Float64Array(3)
  const before = new Float64Array(3)
  let epoch = -1
  let sinceTold = 0

  /* @hot */
  function take(): void {
    for (let count = 0; count < PACKETS_PER_ROUND && packets.next(); count++) {
      if (packets.epoch() !== epoch) {
        epoch = packets.epoch()
        buffer.reset()
        trace?.reset(epoch)
      }
      const layout = layouts[packets.format()]
      if (layout !== undefined) {
        cells[0] = packets.meta[0] as number
        cells[2] = packets.meta[2] as number
        const frameCount = Math.floor(packets.payloadBytes() / (layout.bytesPerSample * layout.channelCount))
        if (frameCount > 0) {
          trace?.packet(packets.meta, packets.rtpTimestamp(), frameCount, packets.payloadAddress(), packets.payloadBytes(), packets.format(), layout)
          buffer.insert(cells, packets.rtpTimestamp(), frameCount, packets.payloadAddress(), layout)
        }
      }
      packets.release()
    }
  }

  /* @hot */
  function tell(nowCells: Float64Array): void {
    const now = nowCells[0] as number
    if (++sinceTold < TELL_ROUNDS) return
    sinceTold = 0
    if ((stats[JitterStats.late] as number) > (before[0] as number)) {
      journal.push(now, JournalCode.peerLate, slot, (stats[JitterStats.late] as number) - (before[0] as number), 0, 0)
      before[0] = stats[JitterStats.late] as number
    }
    if ((stats[JitterStats.slips] as number) > (before[1] as number)) {
      journal.push(now, JournalCode.peerSlip, slot, 0, 0, 0)
      before[1] = stats[JitterStats.slips] as number
    }
    if ((stats[JitterStats.resets] as number) > (before[2] as number)) {
      journal.push(now, JournalCode.peerReset, slot, 0, 0, 0)
      before[2] = stats[JitterStats.resets] as number
    }
  }

  return {
    /** One round: everything that has arrived goes in, one block comes out. */
    /* @hot */
    step(round: number, missed: number, nowCells: Float64Array): void {
      if (Atomics.load(active, PeerWord.active) === 0) return
      trace?.begin()
      if (wish.follow(buffer)) trace?.wish(wish.wish)
      if (missed > 0) {
        buffer.skip(missed)
        trace?.skip(missed)
      }
      take()
      const into = blocks.claim()
      if (into < 0) return
      cells[0] = nowCells[0] as number
      const left = blocks.address(into)
      const allowed = budget[0] as number
      const flags = buffer.pull(cells, left, left + blocks.planeBytes)
      trace?.pull(flags, left, left + blocks.planeBytes, allowed)
      blocks.meta[0] = round
      blocks.meta[1] = cells[1] as number
      blocks.commit(flags)
      if ((cells[2] as number) >= 0) waits.add(cells, 2)
      tell(nowCells)
    },
    /** The thread ends: its last figures are traced. */
    finish(): void {
      trace?.stats()
    },
  }
}

export interface JitterLoop extends HotLoop {
  /** After the last round: what is traced gets its last figures. */
  finish(): void
}

export function createJitterLoop(options: JitterLoopOptions): JitterLoop {
  const { memory, plan, words, mixer, threadIndex } = options
  const thread = plan.threads[`jitter-${threadIndex}`]
  if (thread === undefined) throw new Error("broken invariant: a jitter thread stands in the plan")
  const journal = createEventWriter(memory, thread.journal)
  const pull = new Int32Array(memory.buffer, plan.pull, PullWord.done + LINE_WORDS * (threadIndex + 1))
  const doneAt = PullWord.done + LINE_WORDS * threadIndex
  // A stall of the network hits all peers at once: in one round one of them may use the expensive predictor.
  const budget = new Int32Array(1)
  const ring = plan.traces?.[threadIndex]
  const trace = ring && createTraceRecorder(memory, ring, threadIndex)
  const peers = options.slots.map((slot) => createPeer(options, slot, journal, budget, trace))
  const peerCount = peers.length
  const cells = new Float64Array(1)
  let last = Atomics.load(pull, PullWord.round)

  return {
    /* @hot */
    run() {
      while (!words.controlRaised()) {
        words.beat()
        const seen = words.bellCount()
        const round = Atomics.load(pull, PullWord.round)
        if (round === last) {
          words.sleep(seen, SLEEP_US)
          continue
        }
        const missed = ((round - last) | 0) - 1
        last = round
        readClock(cells, 0)
        budget[0] = 1
        trace?.round(cells, round, missed)
        for (let i = 0; i < peerCount; i++) (peers[i] as ReturnType<typeof createPeer>).step(round, missed, cells)
        Atomics.store(pull, doneAt, round)
        mixer.ring()
        trace?.publish()
      }
    },
    finish() {
      for (const peer of peers) peer.finish()
      trace?.publish()
    },
  }
}
