/**
 * The hot loop of the mixer. When playback wants a block it starts a round: rings the jitter threads, makes a block of each local
 * source, waits for the peers' blocks, renders, and hands the block to every output.
 *
 *   playback ─wanted─▶ mixer ─round─▶ jitter threads
 *            ◀─block──       ◀─done──
 *
 * When nobody has wanted a block for graceUs (the device is gone, its thread is being replaced) it goes on by its own clock, so
 * that recordings miss nothing; the blocks of that time are heard by nobody but the taps.
 *
 * Thread: audio      Realtime: waits for the jitter threads for a bounded time, allocates nothing after creation
 */
import { MixerStats } from "../../runtime/arena/pages.ts"
import { PullWord, type PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import type { Renderer } from "../../runtime/graph/renderer.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { BlockFlag, createBlockWriter, type BlockWriter } from "../../runtime/ring/block-ring.ts"
import { createEventReader, EVENT_FIELDS, type EventWriter } from "../../runtime/ring/event-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import { graceUs as graceOf } from "../../runtime/timing.ts"
import type { HotLoop } from "../thread/blocking-thread.ts"
import { createLocalInput, type LocalInput } from "./local-input.ts"
import { createPeerRound } from "./peers.rt.ts"

export interface MixerLoopOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly dsp: Dsp
  readonly words: ThreadWords
  readonly renderer: Renderer
  readonly journal: EventWriter
  readonly jitter: readonly ThreadWords[]
  readonly outputs: readonly ThreadWords[]
  /** Sources of the local strips, in the order of the strips. */
  readonly localSources: readonly number[]
  /** By local strip: its source ticks on the master's clock; where nothing is said it does not. */
  readonly oneClock?: readonly boolean[]
}

const SLEEP_US = 20_000

const NOW = 0
const STARTED = 1
const LAST = 2
const ELAPSED = 3

export function createMixerLoop(options: MixerLoopOptions): HotLoop {
  const { memory, plan, dsp, words, renderer, journal, outputs } = options
  const { blockFrames, rateHz } = plan
  const blockUs = (blockFrames * 1e6) / rateHz
  const graceUs = graceOf(blockUs)
  const pull = new Int32Array(memory.buffer, plan.pull, PullWord.served + 1)
  const commands = createEventReader(memory, plan.commands)
  const record = new Float64Array(EVENT_FIELDS)
  const stats = openStats(memory, plan.mixerStats, MixerStats)
  const pullTime = createHistogram(memory, plan.histograms.pull)
  const renderTime = createHistogram(memory, plan.histograms.render)
  // What stops a machine stops all its sources at once: in one round one of them may use the expensive predictor.
  const budget = new Int32Array(1)
  const locals = options.localSources.map((index, strip) => {
    const source = plan.sources[index]
    if (source === undefined) throw new Error("broken invariant: a local strip has a source")
    return createLocalInput({ memory, dsp, source, rateHz, blockFrames, oneClock: options.oneClock?.[strip] ?? false, predictorBudget: budget })
  })
  const localCount = locals.length
  /** By local strip: blocks that were missing, of which the journal has not been told. */
  const untold = new Int32Array(localCount)
  const peers = createPeerRound({ memory, plan, words, renderer, journal, jitter: options.jitter, firstStrip: localCount, stats })
  const planeBytes = blockFrames * 4
  const writers = plan.outputs.map((output) => createBlockWriter(memory, output.ring))
  const cells = new Float64Array(6)
  let freeRunning = false
  let begun = false

  /* @hot */
  function giveLocals(): void {
    budget[0] = 1
    cells[NOW] = cells[STARTED] as number
    for (let i = 0; i < localCount; i++) {
      const input = locals[i] as LocalInput
      const flags = input.take(cells)
      renderer.setInput(i, input.left, (flags & BlockFlag.mono) !== 0 ? input.left : input.right, flags)
    }
  }

  /* @hot */
  function handOut(): void {
    for (let i = 0; i < writers.length; i++) {
      if (freeRunning && i === 0) continue
      const writer = writers[i] as BlockWriter
      const slot = writer.claim()
      if (slot < 0) continue
      const to = writer.address(slot)
      dsp.copy(to, renderer.outLeft, blockFrames)
      dsp.copy(to + planeBytes, renderer.outRight, blockFrames)
      writer.meta[0] = renderer.position[0] as number
      writer.meta[1] = cells[STARTED] as number
      writer.commit(0)
      ;(outputs[i] as ThreadWords).ring()
    }
  }

  /* @hot */
  function block(): void {
    readClock(cells, STARTED)
    while (commands.pop(record)) renderer.command(record)
    peers.start()
    giveLocals()
    peers.wait()
    peers.give()
    readClock(cells, NOW)
    cells[ELAPSED] = (cells[NOW] as number) - (cells[STARTED] as number)
    pullTime.add(cells, ELAPSED)
    renderer.position[0] = stats[MixerStats.position] as number
    renderer.render()
    handOut()
    peers.done()
    stats[MixerStats.position] = (stats[MixerStats.position] as number) + blockFrames
    stats[MixerStats.blocks] = (stats[MixerStats.blocks] as number) + 1
    readClock(cells, ELAPSED)
    cells[ELAPSED] = (cells[ELAPSED]) - (cells[NOW] as number)
    stats[MixerStats.renderUs] = cells[ELAPSED]
    renderTime.add(cells, ELAPSED)
    for (let i = 0; i < localCount; i++) sumLocal(i)
  }

  /** A gap is told as one, when it is over. */
  /* @hot */
  function sumLocal(i: number): void {
    const { counts } = locals[i] as LocalInput
    const short = counts[0] as number
    const jumps = counts[1] as number
    if (short > 0) {
      counts[0] = 0
      stats[MixerStats.localUnderruns] = (stats[MixerStats.localUnderruns] as number) + short
      untold[i] = (untold[i] as number) + short
    } else if ((untold[i] as number) > 0) {
      journal.push(cells[STARTED] as number, JournalCode.localUnderrun, i, untold[i] as number, 0, 0)
      untold[i] = 0
    }
    if (jumps > 0) {
      counts[1] = 0
      stats[MixerStats.localSlips] = (stats[MixerStats.localSlips] as number) + jumps
      journal.push(cells[STARTED] as number, JournalCode.localSlip, i, jumps, 0, 0)
    }
  }

  /** Time went on without so many blocks. */
  /* @hot */
  function passBy(count: number): void {
    stats[MixerStats.position] = (stats[MixerStats.position] as number) + count * blockFrames
    stats[MixerStats.skippedBlocks] = (stats[MixerStats.skippedBlocks] as number) + count
    peers.skip(count)
    for (let i = 0; i < localCount; i++) (locals[i] as LocalInput).skip(count)
  }

  /** Blocks that were wanted while this thread was away. */
  /* @hot */
  function skip(count: number): void {
    passBy(count)
    Atomics.store(pull, PullWord.served, (Atomics.load(pull, PullWord.served) + count) | 0)
  }

  /* @hot */
  function setFreeRunning(on: boolean): void {
    freeRunning = on
    stats[MixerStats.freeRunning] = on ? 1 : 0
    journal.push(cells[NOW] as number, JournalCode.freeRunning, on ? 1 : 0, 0, 0, 0)
  }

  /** Playback wants `due` blocks. Those of a time that the own clock has covered are not mixed again. */
  /* @hot */
  function serve(due: number): void {
    readClock(cells, NOW)
    if (freeRunning) {
      setFreeRunning(false)
      const uncovered = Math.floor(((cells[NOW] as number) - (cells[LAST] as number)) / blockUs) - 1
      if (uncovered > 0) passBy(uncovered)
      if (due > 1) Atomics.store(pull, PullWord.served, (Atomics.load(pull, PullWord.served) + due - 1) | 0)
    } else if (due * blockUs > graceUs) skip(due - 1)
    cells[LAST] = cells[NOW] as number
    block()
    Atomics.store(pull, PullWord.served, (Atomics.load(pull, PullWord.served) + 1) | 0)
  }

  /** Goes on by the own clock once the grace is over. Returns how long there is nothing to do, whole us. */
  /* @hot */
  function runFree(): number {
    readClock(cells, NOW)
    const awayUs = (cells[NOW] as number) - (cells[LAST] as number)
    if (!freeRunning) {
      if (awayUs < graceUs) return SLEEP_US
      setFreeRunning(true)
    }
    if (awayUs < blockUs) return 1 + ((blockUs - awayUs) | 0)
    if (awayUs > 32 * blockUs) {
      passBy(Math.floor(awayUs / blockUs) - 1)
      cells[LAST] = cells[NOW] as number
    } else cells[LAST] = (cells[LAST] as number) + blockUs
    block()
    return 0
  }

  return {
    /* @hot */
    run() {
      if (!begun) {
        begun = true
        readClock(cells, LAST)
      }
      while (!words.controlRaised()) {
        words.beat()
        const seen = words.bellCount()
        const due = (Atomics.load(pull, PullWord.wanted) - Atomics.load(pull, PullWord.served)) | 0
        if (due > 0) {
          serve(due)
          continue
        }
        const restUs = runFree()
        if (restUs > 0) words.sleep(seen, restUs)
      }
    },
  }
}
