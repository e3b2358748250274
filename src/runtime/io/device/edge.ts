/**
 * Where a device's shape (its rate, its channels) meets the session's.
 *
 *     device ─▶ channels ─▶ rate ─▶ session        input
 *     session ─▶ rate ─▶ channels ─▶ device        output
 *
 * Thread: any one      Realtime: the functions made here are wait-free and allocate nothing
 */
import { createPlainResampler } from "../../dsp/plain-resampler.ts"
import { framesToMs } from "../../units.ts"

export interface Shape {
  readonly rateHz: number
  readonly channelCount: number
  readonly blockFrames: number
}

export interface Edge {
  /** One block in the device's shape: read by an input edge, filled by an output edge. */
  run(deviceBlock: Float32Array): void
  readonly latencyMs: number
}

/** The session's block in frames of a device with another rate. */
export const deviceBlockFrames = (session: Shape, deviceRateHz: number): number =>
  Math.max(1, Math.round((session.blockFrames * deviceRateHz) / session.rateHz))

/** More channels: repeats those there are. Fewer: the last one is the mean of the surplus. */
export const mapChannels = (from: Float32Array, fromCount: number, to: Float32Array, toCount: number, frames: number): void => {
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < toCount; channel++) {
      let value = from[frame * fromCount + (channel % fromCount)]!
      if (channel === toCount - 1 && fromCount > toCount) {
        for (let other = toCount; other < fromCount; other++) value += from[frame * fromCount + other]!
        value /= fromCount - toCount + 1
      }
      to[frame * toCount + channel] = value
    }
  }
}

const createRateChange = (from: Shape, to: Shape, channelCount: number) =>
  createPlainResampler({
    inRateHz: from.rateHz,
    outRateHz: to.rateHz,
    channelCount,
    maxInputFrames: 2 * from.blockFrames + Math.ceil((2 * to.blockFrames * from.rateHz) / to.rateHz) + 64,
  })

/** onBlock   the session's block; the array is valid only during the call */
export const createInputEdge = (device: Shape, session: Shape, onBlock: (interleaved: Float32Array) => void): Edge => {
  const sameChannels = device.channelCount === session.channelCount
  const sameRate = device.rateHz === session.rateHz
  if (sameChannels && sameRate) return { run: onBlock, latencyMs: 0 }
  const mapped = new Float32Array(device.blockFrames * session.channelCount)
  const map = (block: Float32Array): Float32Array => {
    if (sameChannels) return block
    mapChannels(block, device.channelCount, mapped, session.channelCount, device.blockFrames)
    return mapped
  }
  if (sameRate) return { run: (block) => onBlock(map(block)), latencyMs: 0 }
  const resampler = createRateChange(device, session, session.channelCount)
  const ready = new Float32Array(session.blockFrames * session.channelCount)
  return {
    run: (block) => {
      resampler.push(map(block), device.blockFrames)
      while (resampler.pull(ready, session.blockFrames)) onBlock(ready)
    },
    latencyMs: framesToMs(resampler.latencyFrames, device.rateHz),
  }
}

/** fill   must fill all of the session's block before it returns; called as often as the device's block needs it */
export const createOutputEdge = (device: Shape, session: Shape, fill: (interleaved: Float32Array) => void): Edge => {
  const sameChannels = device.channelCount === session.channelCount
  const sameRate = device.rateHz === session.rateHz
  if (sameChannels && sameRate) return { run: fill, latencyMs: 0 }
  const ready = new Float32Array(device.blockFrames * session.channelCount)
  if (sameRate) {
    const run = (block: Float32Array): void => {
      fill(ready)
      mapChannels(ready, session.channelCount, block, device.channelCount, device.blockFrames)
    }
    return { run, latencyMs: 0 }
  }
  const resampler = createRateChange(session, device, session.channelCount)
  const filled = new Float32Array(session.blockFrames * session.channelCount)
  const pull = (block: Float32Array): void => {
    while (!resampler.pull(block, device.blockFrames)) {
      fill(filled)
      resampler.push(filled, session.blockFrames)
    }
  }
  const run = (block: Float32Array): void => {
    if (sameChannels) return pull(block)
    pull(ready)
    mapChannels(ready, session.channelCount, block, device.channelCount, device.blockFrames)
  }
  return { run, latencyMs: framesToMs(resampler.latencyFrames, session.rateHz) }
}
