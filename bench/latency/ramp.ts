/** A stereo sound whose samples are their own frame's number: 24 bits hold it exactly, so do L24 and the float32 of this file. */
import { openWav } from "../../src/runtime/io/wav-writer.ts"

export const rateHz = 48000
const fullScale = 2 ** 23
const chunkFrames = 4800

/** Left is the frame's number, right its negative. Up to 174 s. */
export const writeRamp = (path: string, seconds: number): void => {
  const file = openWav({ path, sampleRate: rateHz, channelCount: 2, bits: 32 })
  const left = new Float32Array(chunkFrames)
  const right = new Float32Array(chunkFrames)
  for (let frame = 0; frame < seconds * rateHz; frame += chunkFrames) {
    for (let i = 0; i < chunkFrames; i++) {
      left[i] = (frame + i) / fullScale
      right[i] = -(frame + i) / fullScale
    }
    file.append([left, right], chunkFrames)
  }
  file.close()
}

/** Number of a block's first frame; -1 where the block is not, from its first sample to its last, a piece of the ramp. */
export const readRamp = (left: Float32Array, right: Float32Array): number => {
  const first = Math.round(left[0]! * fullScale)
  if (first < 1) return -1
  for (let i = 0; i < left.length; i++) if (left[i] !== (first + i) / fullScale || right[i] !== -(first + i) / fullScale) return -1
  return first
}
