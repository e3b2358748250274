/**
 * What a payload type means, and how long a packet may be.
 *
 * Types 96..99 are ours by agreement within a party and are in every SDP that we write; 10 and 11 are RFC 3551's own.
 * Thread: any      Realtime: wait-free, allocates nothing
 * Source   RFC 3551 4.5.11 and table 4 (L16), RFC 3190 4 (L24)
 */

export type Codec = "l16" | "l24"

export interface PayloadFormat {
  readonly codec: Codec
  readonly rateHz: number
  readonly channelCount: number
  /** 0..127 */
  readonly payloadType: number
}

/** What fits into an Ethernet frame of 1500 bytes below IPv4 and UDP, RTP header included: advice, for senders. */
export const adviceUdpBytes = 1472
/** Longest RTP payload that is received: the slot of a packet ring. */
export const maxPayloadBytes = 6144

const l16Stereo44: PayloadFormat = { codec: "l16", rateHz: 44100, channelCount: 2, payloadType: 10 }
const l16Mono44: PayloadFormat = { codec: "l16", rateHz: 44100, channelCount: 1, payloadType: 11 }

const dynamicFormats = (rateHz: number): readonly PayloadFormat[] => [
  { codec: "l16", rateHz, channelCount: 1, payloadType: 96 },
  { codec: "l16", rateHz, channelCount: 2, payloadType: 97 },
  { codec: "l24", rateHz, channelCount: 1, payloadType: 98 },
  { codec: "l24", rateHz, channelCount: 2, payloadType: 99 },
]
const formats48 = dynamicFormats(48000)
const formats44 = dynamicFormats(44100)

/**
 * The format of a received payload type. Makes no object: the same format is always the same one.
 * sessionRateHz  rate of the types 96..99: 48000 or 44100
 * Returns  undefined for a type that means nothing here
 */
export const formatOfType = (payloadType: number, sessionRateHz: number): PayloadFormat | undefined => {
  if (payloadType === 10) return l16Stereo44
  if (payloadType === 11) return l16Mono44
  if (sessionRateHz === 48000) return formats48[payloadType - 96]
  if (sessionRateHz === 44100) return formats44[payloadType - 96]
  return undefined
}

/**
 * The format to send in: always one of the types 96..99.
 * rateHz        48000 or 44100
 * channelCount  1 or 2
 * Returns  undefined for what has no type
 */
export const formatToSend = (codec: Codec, rateHz: number, channelCount: number): PayloadFormat | undefined => {
  if (channelCount !== 1 && channelCount !== 2) return undefined
  return formatOfType((codec === "l16" ? 95 : 97) + channelCount, rateHz)
}

export const bytesPerSample = (codec: Codec): number => (codec === "l16" ? 2 : 3)

export const bytesPerFrame = (format: PayloadFormat): number => (format.codec === "l16" ? 2 : 3) * format.channelCount

/**
 * Frames in a payload.
 * Returns  -1 when the payload does not end with a whole frame
 */
export const framesOfPayload = (format: PayloadFormat, payloadBytes: number): number => {
  const frameBytes = bytesPerFrame(format)
  return payloadBytes % frameBytes === 0 ? payloadBytes / frameBytes : -1
}

/**
 * Most frames that a packet of this format can carry.
 * limitBytes  of payload: `maxPayloadBytes`, or `adviceUdpBytes` less the header
 */
export const maxFramesOfPacket = (format: PayloadFormat, limitBytes: number): number =>
  Math.floor(limitBytes / bytesPerFrame(format))
