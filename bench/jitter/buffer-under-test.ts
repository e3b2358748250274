/** What the bench can judge. */
import type { SegmentReport } from "./report.ts"

/** What is known when a stream is set up. `firstTimestamp` is for adapters' books, never for decisions. */
export interface BufferSetup {
  readonly sampleRate: number
  readonly blockFrames: number
  readonly packetFrames: number
  /** RTP timestamp of media index 0. */
  readonly firstTimestamp: number
}

export interface ArrivedPacket {
  readonly seq: number
  /** As on the wire, unsigned. */
  readonly rtpTimestamp: number
  readonly frameCount: number
}

export interface BufferUnderTest {
  readonly name: string
  insert(packet: ArrivedPacket, arrivalUs: number): void
  /** Makes blockFrames frames, whose first is heard at nowUs, and reports. */
  pull(nowUs: number, report: SegmentReport): void
  /** No more pulls: what was held back is reported. */
  finish?(report: SegmentReport): void
}

export type MakeBuffer = (setup: BufferSetup) => BufferUnderTest

/** Media index of a timestamp, for traces shorter than 2^31 frames. */
export const mediaIndexOf = (setup: BufferSetup, rtpTimestamp: number): number => (rtpTimestamp - setup.firstTimestamp) | 0
