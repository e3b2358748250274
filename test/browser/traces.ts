/** Traces of the bench's networks with a voice on them, in the form that goes to a worklet. */
import { modelNamed } from "../../bench/jitter/models/models.ts"
import { makeTrace } from "../../bench/jitter/network.ts"
import { singVoice } from "../runtime/jitter/conceal/sung-voice.ts"
import { BLOCK_FRAMES, RATE_HZ, type DrivenTrace } from "./trace-driver.ts"

const NOTES_HZ = [220, 294, 247, 392, 175] as const
const FULL_SCALE = 2 ** 23

/** The voice, sung on for as long as it takes; the other channel is a fifth of it, late by 7 ms. */
const singTo = (frameCount: number, channelCount: 1 | 2): Uint8Array => {
  const voice = singVoice(RATE_HZ, NOTES_HZ)
  const bytes = new DataView(new ArrayBuffer(frameCount * channelCount * 3))
  for (let i = 0; i < frameCount; i++) {
    for (let channel = 0; channel < channelCount; channel++) {
      const value = channel === 0 ? voice[i % voice.length] : 0.2 * (voice[(i + voice.length - 336) % voice.length] ?? 0)
      const sample = Math.round((value ?? 0) * (FULL_SCALE - 1))
      const at = (i * channelCount + channel) * 3
      bytes.setInt16(at, sample >> 8)
      bytes.setUint8(at + 2, sample & 0xff)
    }
  }
  return new Uint8Array(bytes.buffer)
}

export const makeDrivenTrace = (model: string, packetFrames: number, channelCount: 1 | 2, seconds: number): DrivenTrace => {
  const { deliveries, packets, firstPullUs, endUs } = makeTrace(modelNamed(model), packetFrames, 1, seconds)
  const frameCount = (packets.at(-1)?.mediaIndex ?? 0) + packetFrames
  return {
    channelCount, packetFrames, firstPullUs,
    pullCount: Math.floor(((endUs - firstPullUs) * RATE_HZ) / 1e6 / BLOCK_FRAMES),
    arrivalsUs: Float64Array.from(deliveries, ({ arrivalUs }) => arrivalUs),
    timestamps: Int32Array.from(deliveries, ({ packet }) => packet.rtpTimestamp | 0),
    firstFrames: Int32Array.from(deliveries, ({ packet }) => packet.mediaIndex),
    audio: singTo(frameCount, channelCount),
  }
}
