/** Drives a buffer through a trace: packets go in when they arrive, blocks come out on the beat. */
import type { BufferUnderTest } from "./buffer-under-test.ts"
import { BLOCK_FRAMES, RATE_HZ, type Trace } from "./network.ts"
import { createRecording, type Recording } from "./report.ts"

export function drive(trace: Trace, buffer: BufferUnderTest): Recording {
  const recording = createRecording()
  const { deliveries, packetFrames: frameCount } = trace
  let taken = 0
  for (let pull = 0; ; pull++) {
    const nowUs = trace.firstPullUs + (pull * BLOCK_FRAMES * 1e6) / RATE_HZ
    if (nowUs >= trace.endUs) break
    for (let next = deliveries[taken]; next !== undefined && next.arrivalUs <= nowUs; next = deliveries[++taken]) {
      const { seq, rtpTimestamp } = next.packet
      buffer.insert({ seq, rtpTimestamp, frameCount }, next.arrivalUs)
    }
    buffer.pull(nowUs, recording)
  }
  buffer.finish?.(recording)
  return recording
}
