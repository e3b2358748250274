/**
 * Audio that says which frame it is: left and right are a circle, its angle the frame's number. So what comes out of a buffer
 * tells what it played, whatever the buffer says of itself. Filters and resamplers turn the circle by their delay and leave it
 * round. A fade, a cross-fade or silence does not lie on it; a repetition shows media already heard; a prediction shows media
 * that has not come.
 */
import { mediaIndexOf, type ArrivedPacket, type BufferSetup } from "./buffer-under-test.ts"
import type { SegmentReport } from "./report.ts"

/** Frames of one turn; the delay of a buffer must be shorter: 0.68 s at 48 kHz. */
const TURN_FRAMES = 32_768
const RADIUS = 0.5
const FULL_SCALE = 2 ** 23
export const BYTES_PER_FRAME = 6

/** What a trace may hold at most. */
const MOST_PACKETS = 65_536
/** How far from the circle, part of its radius squared, is no audio of ours. */
const ROUND = 0.02
/** Frames that follow each other are one frame apart, to so much: what resampling and noise may do. */
const STEP = 0.02
const NEAR = (STEP * 2 * Math.PI * RADIUS) / TURN_FRAMES
/** Media newer than the newest packet that a prediction may show. */
const AHEAD_FRAMES = 4096
/** So much of what has been put out may be seen again: a resampler's play at a join. */
const BACK_FRAMES = 2
/** Fewer frames in a row are chance. */
const LEAST_FRAMES = 16
/** Audio that had come and lies this close before what is clearly heard was heard too, in a cross-fade. */
const FADE_FRAMES = 240

const turn = (() => {
  const bytes = new DataView(new ArrayBuffer(TURN_FRAMES * BYTES_PER_FRAME))
  for (let i = 0; i < TURN_FRAMES; i++) {
    const angle = (2 * Math.PI * i) / TURN_FRAMES
    for (const [channel, value] of [Math.cos(angle), Math.sin(angle)].entries()) {
      const sample = Math.round(value * RADIUS * FULL_SCALE)
      bytes.setInt16(i * BYTES_PER_FRAME + channel * 3, sample >> 8)
      bytes.setUint8(i * BYTES_PER_FRAME + channel * 3 + 2, sample & 0xff)
    }
  }
  return new Uint8Array(bytes.buffer)
})()

/** Writes a packet's stereo L24 payload. */
export function encode(mediaIndex: number, frameCount: number, into: Uint8Array): void {
  const from = mediaIndex % TURN_FRAMES
  const first = Math.min(frameCount, TURN_FRAMES - from)
  into.set(turn.subarray(from * BYTES_PER_FRAME, (from + first) * BYTES_PER_FRAME))
  if (first < frameCount) into.set(turn.subarray(0, (frameCount - first) * BYTES_PER_FRAME), first * BYTES_PER_FRAME)
}

export interface AudioJudge {
  arrived(packet: ArrivedPacket): void
  /** One block of output. */
  hear(left: Float32Array, right: Float32Array, report: SegmentReport): void
  finish(report: SegmentReport): void
}

export function createAudioJudge(setup: BufferSetup): AudioJudge {
  const { packetFrames, blockFrames } = setup
  /** Output frames made when each packet came, by number of packet; Infinity: not yet. */
  const cameAt = new Float64Array(MOST_PACKETS).fill(Infinity)
  const found = new Float64Array(blockFrames)
  let newestEnd = 0
  /** Output so far; frames since the last audio. */
  let outFrames = 0
  let gapFrames = 0
  /** Next media index to be heard; -1 before the first. */
  let head = -1

  const hasCome = (index: number, byOut: number): boolean => (cameAt[Math.floor((index + 0.5) / packetFrames)] as number) <= byOut

  /** Media index of a frame of output, or NaN. */
  const read = (left: number, right: number): number => {
    const square = (left * left + right * right) / (RADIUS * RADIUS)
    if (!(Math.abs(square - 1) <= ROUND)) return NaN
    const within = (Math.atan2(right, left) / (2 * Math.PI)) * TURN_FRAMES
    const last = newestEnd + AHEAD_FRAMES
    const index = within + Math.floor((last - within) / TURN_FRAMES) * TURN_FRAMES
    return index >= head - BACK_FRAMES && hasCome(index, outFrames) ? index : NaN
  }

  /** Whether a block is one even turn from its first frame to its last; most are, and this is quicker than to read each frame. */
  const isEven = (left: Float32Array, right: Float32Array): boolean => {
    const end = blockFrames - 1
    const first = read(left[0] as number, right[0] as number)
    const last = read(left[end] as number, right[end] as number)
    const step = (last - first) / end
    if (!(Math.abs(step - 1) < STEP)) return false
    for (let index = first; index < last; index += packetFrames) if (!hasCome(index, outFrames)) return false
    const angle = (2 * Math.PI * step) / TURN_FRAMES
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    let x = left[0] as number
    let y = right[0] as number
    for (let i = 1; i < end; i++) {
      const next = x * cos - y * sin
      y = x * sin + y * cos
      x = next
      if (Math.abs((left[i] as number) - x) + Math.abs((right[i] as number) - y) > NEAR) return false
    }
    found[0] = first
    found[end] = last
    return true
  }

  const isNext = (i: number): boolean => Math.abs((found[i] as number) - (found[i - 1] as number) - 1) < STEP

  /** Frames before output frame `at`, where media `index` is heard, that a cross-fade hid. */
  const fadeBefore = (at: number, index: number): number => {
    let frames = 0
    while (frames < FADE_FRAMES && frames < gapFrames) {
      const earlier = index - frames - 1
      const block = Math.floor((at - frames - 1) / blockFrames) * blockFrames
      if (earlier < head - 0.5 || !hasCome(earlier, block)) break
      frames++
    }
    return frames
  }

  const playRun = (from: number, to: number, report: SegmentReport): void => {
    const count = to - from
    const first = found[from] as number
    const joins = from === 0 && gapFrames === 0 && Math.abs(first - head) < 0.5
    if (count < LEAST_FRAMES && !joins) {
      gapFrames += count
      return
    }
    const media = count === 1 ? 1 : (((found[to - 1] as number) - first) / (count - 1)) * count
    const hidden = head < 0 ? 0 : fadeBefore(outFrames + from, first)
    if (gapFrames > hidden) report.conceal(gapFrames - hidden)
    if (hidden > 0) report.play(first - hidden, hidden, hidden)
    report.play(first, media, count)
    gapFrames = 0
    head = first + media
  }

  return {
    arrived(packet) {
      const index = mediaIndexOf(setup, packet.rtpTimestamp)
      newestEnd = Math.max(newestEnd, index + packet.frameCount)
      const key = index / packetFrames
      if (cameAt[key] === Infinity) cameAt[key] = outFrames
    },
    hear(left, right, report) {
      if (isEven(left, right)) {
        playRun(0, blockFrames, report)
        outFrames += blockFrames
        return
      }
      for (let i = 0; i < blockFrames; i++) found[i] = read(left[i] as number, right[i] as number)
      for (let i = 0; i < blockFrames;) {
        if (Number.isNaN(found[i])) {
          gapFrames++
          i++
          continue
        }
        const from = i++
        while (i < blockFrames && isNext(i)) i++
        playRun(from, i, report)
      }
      outFrames += blockFrames
    },
    finish(report) {
      if (gapFrames > 0) report.conceal(gapFrames)
      gapFrames = 0
    },
  }
}
