/**
 * Runs one insert and keeps what it does wrong from the others. Per block: parameters move on, the processor fills the output
 * buffer, its time and its samples are checked. When it throws, sends what is no number, sends more than 36 dB over full scale, or
 * is too slow, the same block is the dry input instead. The step from the last good sample to the first dry one is taken out by
 * an offset that dies away in 64 frames; a processor that is tried again is reset and faded in.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation (as far as the processor does)
 */
import { JournalCode } from "../ring/journal.ts"
import type { Dsp } from "../dsp/dsp.ts"
import type { EventWriter } from "../ring/event-ring.ts"
import { assert } from "../errors.ts"
import { createGuard, FailureCause, Turn } from "./guard.ts"
import type { LoadedSlot } from "./load.ts"
import { createParamRamps } from "./param-ramps.ts"
import type { BlockIo, ParamValues } from "./plugin.ts"
import { createSlotPage, SlotState } from "./slot-page.ts"
import type { ReadClock } from "./stopwatch.ts"
import { Edge, readEdge } from "./stopwatch.ts"

/** First field after the time in a record of the journal: `timeUs, event, chain, slot, cause, 0`; cause: FailureCause. */
export const SlotEvent = {
  bypassed: JournalCode.pluginBypassed, restored: JournalCode.pluginRestored, abandoned: JournalCode.pluginAbandoned,
} as const

/** What all slots share. */
export interface SlotHost {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  readonly rateHz: number
  readonly blockFrames: number
  readonly journal: EventWriter
  /** Clock of the journal and of the time budget. */
  readonly readClock: ReadClock
  /** Address of METER_BYTES. */
  readonly meter: number
  /** [0]: party frame of the block's first frame. In an array, as a large number that crosses a call may be boxed. */
  readonly position: Float64Array
}

export interface SlotPlace {
  readonly chain: number
  readonly slot: number
  readonly params: ParamValues
  /** Addresses of stereo buffers. */
  readonly input: number
  readonly output: number
  /** Address of its statistics page. */
  readonly page: number
}

export interface PluginSlot {
  /** Fills the output buffer from the input buffer; channelCount must be one that it was activated for. */
  process(channelCount: number): void
  /** Changes a parameter, ramped. False: there is no such parameter or value. */
  set(param: number, value: number): boolean
  /** Forgets all sound before the next block. */
  reset(): void
  /** Frames by which it lags and rings on, by channel count; 0 for a count that it was not activated for. */
  tailFrames(channelCount: number): number
  /** What it last threw, for a person to read. */
  thrown(): unknown
}

const RUNAWAY_PEAK = 64
const JOIN_FRAMES = 64
const FADE_MS = 20

export function createPluginSlot(host: SlotHost, loaded: LoadedSlot, place: SlotPlace): PluginSlot {
  const { dsp, memory, rateHz, blockFrames, journal, readClock, meter } = host
  const { chain, slot, input, output } = place
  const planeBytes = blockFrames * 4
  const params = createParamRamps(loaded.params, place.params, rateHz, blockFrames)
  const plane = (at: number, channel: number): Float32Array => new Float32Array(memory.buffer, at + channel * planeBytes, blockFrames)
  const makeIo = (channelCount: number): BlockIo => ({
    frameCount: blockFrames,
    channelCount,
    inputs: Array.from({ length: channelCount }, (_, channel) => plane(input, channel)),
    outputs: Array.from({ length: channelCount }, (_, channel) => plane(output, channel)),
    from: params.from,
    to: params.to,
    position: 0,
  })
  const processors = [loaded.mono ?? loaded.stereo, loaded.stereo ?? loaded.mono] as const
  const ios = [makeIo(1), makeIo(2)] as const
  const dry = [plane(input, 0), plane(input, 1)] as const
  const wet = [plane(output, 0), plane(output, 1)] as const
  const [anyProcessor] = processors
  assert(anyProcessor !== undefined, "a slot has a processor")

  const measured = new Float32Array(memory.buffer, meter, 1)
  const notFinite = new Int32Array(memory.buffer, meter + 8, 1)
  const guard = createGuard(rateHz, blockFrames)
  const page = createSlotPage(memory, place.page)
  const fadeBlocks = Math.ceil((FADE_MS * rateHz) / 1000 / blockFrames)
  const joinFrames = Math.min(JOIN_FRAMES, blockFrames)
  /** [0]: when the last call began; [1]: when it ended. */
  const clock = new Float64Array(2)
  /** Last samples that went out. */
  const last = new Float64Array(2)
  /** Whether they were the processor's. */
  let lastWasWet = false
  let resetDue = false
  let fadeLeft = 0
  let thrown: unknown

  /* @hot */
  const check = (at: number, channelCount: number): number => {
    for (let channel = 0; channel < channelCount; channel++) {
      dsp.meter(at + channel * planeBytes, blockFrames, meter)
      if (notFinite[0] !== 0) return FailureCause.notFinite
      if (!((measured[0] as number) <= RUNAWAY_PEAK)) return FailureCause.runaway
    }
    return FailureCause.none
  }

  /* @hot */
  const passThrough = (channelCount: number): void => {
    for (let channel = 0; channel < channelCount; channel++) {
      dsp.copy(output + channel * planeBytes, input + channel * planeBytes, blockFrames)
    }
    lastWasWet = false
  }

  /** The dry block, moved at its beginning to where the last one ended. */
  /* @hot */
  const joinDry = (channelCount: number): void => {
    const joins = lastWasWet
    passThrough(channelCount)
    if (!joins) return
    for (let channel = 0; channel < channelCount; channel++) {
      const out = wet[channel] as Float32Array
      const offset = (last[channel] as number) - ((dry[channel] as Float32Array)[0] as number)
      for (let i = 0; i < joinFrames; i++) out[i] = (out[i] as number) + offset * (1 - i / joinFrames)
    }
  }

  /* @hot */
  const fail = (cause: number, channelCount: number): void => {
    fadeLeft = 0
    if (check(input, channelCount) === FailureCause.notFinite) {
      // Nothing could have made sound of that: not the plugin's fault, but its memory may be full of it.
      for (let channel = 0; channel < channelCount; channel++) dsp.clear(output + channel * planeBytes, blockFrames)
      lastWasWet = false
      resetDue = true
      return
    }
    joinDry(channelCount)
    const again = guard.fail()
    page.fail(cause)
    page.setState(again ? SlotState.bypassed : SlotState.abandoned)
    journal.push(clock[1] as number, again ? SlotEvent.bypassed : SlotEvent.abandoned, chain, slot, cause, 0)
  }

  /* @hot */
  const fadeIn = (channelCount: number): void => {
    const from = 1 - fadeLeft / fadeBlocks
    const to = 1 - (fadeLeft - 1) / fadeBlocks
    for (let channel = 0; channel < channelCount; channel++) {
      const at = output + channel * planeBytes
      dsp.crossfade(at, input + channel * planeBytes, at, blockFrames, from, to)
    }
    fadeLeft--
    if (fadeLeft > 0) return
    page.setState(SlotState.running)
    journal.push(clock[1] as number, SlotEvent.restored, chain, slot, FailureCause.none, 0)
  }

  return {
    /* @hot */
    process(channelCount) {
      params.advance()
      const turn = guard.next()
      if (turn === Turn.rest) {
        passThrough(channelCount)
        return
      }
      if (turn === Turn.retry) {
        resetDue = true
        fadeLeft = fadeBlocks
      }
      const processor = channelCount === 1 ? processors[0] : processors[1]
      const io = channelCount === 1 ? ios[0] : ios[1]
      io.position = host.position[0] as number
      let cause: number = FailureCause.none
      readEdge(Edge.start, readClock, clock)
      try {
        if (resetDue) processor!.reset()
        resetDue = false
        processor!.process(io)
      } catch (error) {
        thrown = error
        cause = FailureCause.threw
      }
      readEdge(Edge.end, readClock, clock)
      const elapsedUs = (clock[1] as number) - (clock[0] as number)
      page.addUs(elapsedUs)
      const slow = guard.tooSlow(elapsedUs)
      if (cause === FailureCause.none) cause = check(output, channelCount)
      if (cause === FailureCause.none && slow) cause = FailureCause.slow
      if (cause !== FailureCause.none) {
        fail(cause, channelCount)
        return
      }
      if (fadeLeft > 0) fadeIn(channelCount)
      guard.pass()
      for (let channel = 0; channel < channelCount; channel++) {
        last[channel] = (wet[channel] as Float32Array)[blockFrames - 1] as number
      }
      lastWasWet = true
    },
    /* @hot */
    set(param, value) {
      return params.set(param, value)
    },
    /* @hot */
    reset() {
      resetDue = true
    },
    tailFrames(channelCount) {
      const processor = channelCount === 1 ? loaded.mono : loaded.stereo
      return processor === undefined ? 0 : processor.latencyFrames + processor.tailFrames
    },
    thrown: () => thrown,
  }
}
