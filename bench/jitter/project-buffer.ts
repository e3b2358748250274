/**
 * The project's buffer under the bench: fed with audio that encodes its place, judged by what comes out. Its own report can be
 * taken instead, to see whether it says what is heard.
 */
import { ARENA_BASE_BYTES, instantiateDsp } from "../../src/runtime/dsp/dsp.ts"
import { createTwinDsp } from "../../src/runtime/dsp/twin.ts"
import { createJitterBuffer, type JitterOptions } from "../../src/runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { jitterBytes } from "../../src/runtime/jitter/memory.ts"
import { Segment, SEGMENT_NUMBERS, segmentReportLength } from "../../src/runtime/jitter/segment-report.ts"
import { mediaIndexOf, type BufferSetup, type MakeBuffer } from "./buffer-under-test.ts"
import { BYTES_PER_FRAME, createAudioJudge, encode } from "./encoded-audio.ts"
import type { SegmentReport } from "./report.ts"

/** All that is not the bench's to say. */
export type Choices = Omit<JitterOptions, "dsp" | "memory" | "at" | "sampleRate" | "blockFrames" | "stats" | "report">

const MOST_PACKET_FRAMES = 960
const LAYOUT = { bytesPerSample: 3, channelCount: 2 } as const
const STATS_BYTES = 8192
const PAGE_BYTES = 65_536

/** What the buffer says of a pull. */
function tell(setup: BufferSetup, said: Float64Array, report: SegmentReport): void {
  for (let i = 0; i < (said[0] as number); i++) {
    const at = 1 + i * SEGMENT_NUMBERS
    const [kind, timestamp = 0, mediaFrames = 0, outFrames = 0] = said.subarray(at, at + SEGMENT_NUMBERS)
    const whole = Math.floor(timestamp)
    if (kind === Segment.play) report.play(mediaIndexOf(setup, whole) + timestamp - whole, mediaFrames, outFrames)
    else if (outFrames > 0) report.conceal(outFrames)
  }
}

/**
 * module     the kernels; without them their plain twins are used
 * believed   its own report is taken instead of what is heard
 */
export const projectBuffer = (name: string, choices: Choices, module?: WebAssembly.Module, believed = false): MakeBuffer => (setup) => {
  const blockBytes = setup.blockFrames * 4
  const statsAt = ARENA_BASE_BYTES + ((jitterBytes(setup.sampleRate) + 15) & ~15)
  const leftAt = statsAt + STATS_BYTES
  const rightAt = leftAt + blockBytes
  const payloadAt = rightAt + blockBytes
  const pages = Math.max(16, Math.ceil((payloadAt + MOST_PACKET_FRAMES * BYTES_PER_FRAME) / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 16_384, shared: true })
  const dsp = module === undefined ? createTwinDsp(memory) : instantiateDsp(module, memory)
  const stats = new Float64Array(memory.buffer, statsAt, Object.keys(JitterStats).length)
  const said = new Float64Array(segmentReportLength(setup.blockFrames))
  const buffer = createJitterBuffer({
    ...choices, dsp, memory, at: ARENA_BASE_BYTES, sampleRate: setup.sampleRate, blockFrames: setup.blockFrames, stats,
    ...(believed ? { report: said } : {}),
  })
  const judge = createAudioJudge(setup)
  const payload = new Uint8Array(memory.buffer, payloadAt, MOST_PACKET_FRAMES * BYTES_PER_FRAME)
  const left = new Float32Array(memory.buffer, leftAt, setup.blockFrames)
  const right = new Float32Array(memory.buffer, rightAt, setup.blockFrames)
  const cells = new Float64Array(3)
  return {
    name,
    insert(packet, arrivalUs) {
      judge.arrived(packet)
      encode(mediaIndexOf(setup, packet.rtpTimestamp), packet.frameCount, payload)
      cells[0] = arrivalUs
      cells[2] = NaN
      buffer.insert(cells, packet.rtpTimestamp | 0, packet.frameCount, payloadAt, LAYOUT)
    },
    pull(nowUs, report) {
      left.fill(0)
      right.fill(0)
      cells[0] = nowUs
      buffer.pull(cells, leftAt, rightAt)
      if (believed) tell(setup, said, report)
      else judge.hear(left, right, report)
    },
    finish(report) {
      judge.finish(report)
    },
  }
}
