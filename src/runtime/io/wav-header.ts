/**
 * The header of a WAV file that is being written: of a fixed length, so that sizes can be put in again and again.
 *
 *   RIFF size WAVE │ JUNK 28 │ bext 602 │ fmt 16 or 40 │ fact 4 (float only) │ data size │ samples …
 *
 * Over 4 GB the same bytes become RF64: "RIFF" turns to "RF64", "JUNK" to "ds64" with 64-bit sizes, and the 32-bit sizes to
 * 0xFFFFFFFF. Nothing moves.
 *
 * Thread: any      Realtime: no
 * Source  Microsoft multimedia standards update (WAVE_FORMAT_EXTENSIBLE); EBU Tech 3285 (bext), 3306 (RF64)
 */

/** 32 means float. */
export type WavBits = 16 | 24 | 32

export interface WavFormat {
  readonly sampleRate: number
  readonly channelCount: number
  readonly bits: WavBits
}

const ds64At = 12
const bextAt = 48
const bextBytes = 602
const fmtAt = bextAt + 8 + bextBytes
const plainFmtBytes = 16
const extensibleFmtBytes = 40
const factChunkBytes = 12

const pcm = 1
const ieeeFloat = 3
const extensible = 0xfffe
/** What follows the format's number in a sub-format's GUID. */
const guidTail = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71]
const unknownSize = 0xffffffff

export const frameBytesOf = ({ channelCount, bits }: WavFormat): number => (channelCount * bits) / 8

/**
 * Makes the header of an empty file.
 * startedAtMs   wall clock of the first frame, ms since 1970; written as local time and as samples since midnight
 */
export const createHeader = (format: WavFormat, startedAtMs: number, description: string): Uint8Array => {
  const fmtBytes = format.bits === 16 ? plainFmtBytes : extensibleFmtBytes
  const factBytes = format.bits === 32 ? factChunkBytes : 0
  const header = new Uint8Array(fmtAt + 8 + fmtBytes + factBytes + 8)
  const view = new DataView(header.buffer)
  putText(header, 8, "WAVE", 4)
  view.setUint32(ds64At + 4, 28, true)
  putBext(header, view, format.sampleRate, startedAtMs, description)
  putFmt(header, view, fmtBytes, format)
  if (factBytes > 0) {
    putText(header, fmtAt + 8 + fmtBytes, "fact", 4)
    view.setUint32(fmtAt + 8 + fmtBytes + 4, 4, true)
  }
  putText(header, header.length - 8, "data", 4)
  setSizes(header, format, 0, unknownSize)
  return header
}

/**
 * Puts the sizes of `dataBytes` of samples into a header.
 * rf64AboveBytes   greatest size that still is a RIFF
 */
export const setSizes = (header: Uint8Array, format: WavFormat, dataBytes: number, rf64AboveBytes: number): void => {
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  const riffBytes = header.length - 8 + dataBytes + (dataBytes % 2)
  const frameCount = dataBytes / frameBytesOf(format)
  const large = riffBytes >= Math.min(rf64AboveBytes, unknownSize)
  putText(header, 0, large ? "RF64" : "RIFF", 4)
  putText(header, ds64At, large ? "ds64" : "JUNK", 4)
  view.setUint32(4, large ? unknownSize : riffBytes, true)
  view.setUint32(header.length - 4, large ? unknownSize : dataBytes, true)
  if (format.bits === 32) view.setUint32(header.length - 12, large ? unknownSize : frameCount, true)
  view.setBigUint64(ds64At + 8, large ? BigInt(riffBytes) : 0n, true)
  view.setBigUint64(ds64At + 16, large ? BigInt(dataBytes) : 0n, true)
  view.setBigUint64(ds64At + 24, large ? BigInt(frameCount) : 0n, true)
}

/** Whether `found`, the start of a file, is a header that `createHeader` made for the same format as `own`. */
export const sameLayout = (found: Uint8Array, own: Uint8Array): boolean => {
  if (found.length !== own.length) return false
  const id = textAt(found, 0)
  const fmtBytes = new DataView(own.buffer, own.byteOffset).getUint32(fmtAt + 4, true)
  return (id === "RIFF" || id === "RF64")
    && textAt(found, bextAt) === "bext"
    && found.subarray(fmtAt, fmtAt + 8 + fmtBytes).every((byte, index) => byte === own[fmtAt + index])
    && textAt(found, own.length - 8) === "data"
}

/** What a header says about its format, for a message; undefined where it is none of ours. */
export const describeHeader = (found: Uint8Array): string | undefined => {
  if (found.length < fmtAt + 24 || textAt(found, fmtAt) !== "fmt ") return undefined
  const view = new DataView(found.buffer, found.byteOffset, found.length)
  const at = fmtAt + 8
  return `${view.getUint16(at + 2, true)} channels, ${view.getUint32(at + 4, true)} Hz, ${view.getUint16(at + 14, true)} bits`
}

const putFmt = (header: Uint8Array, view: DataView, fmtBytes: number, format: WavFormat): void => {
  const { sampleRate, channelCount, bits } = format
  const frameBytes = frameBytesOf(format)
  putText(header, fmtAt, "fmt ", 4)
  view.setUint32(fmtAt + 4, fmtBytes, true)
  const at = fmtAt + 8
  view.setUint16(at, bits === 16 ? pcm : extensible, true)
  view.setUint16(at + 2, channelCount, true)
  view.setUint32(at + 4, sampleRate, true)
  view.setUint32(at + 8, sampleRate * frameBytes, true)
  view.setUint16(at + 12, frameBytes, true)
  view.setUint16(at + 14, bits, true)
  if (bits === 16) return
  view.setUint16(at + 16, 22, true)
  view.setUint16(at + 18, bits, true)
  // Speakers: front centre alone, or front left and right; unassigned for others.
  view.setUint32(at + 20, channelCount === 1 ? 0x4 : channelCount === 2 ? 0x3 : 0, true)
  view.setUint16(at + 24, bits === 32 ? ieeeFloat : pcm, true)
  header.set(guidTail, at + 26)
}

const putBext = (header: Uint8Array, view: DataView, sampleRate: number, startedAtMs: number, description: string): void => {
  const at = bextAt + 8
  const started = new Date(startedAtMs)
  const midnight = new Date(started).setHours(0, 0, 0, 0)
  putText(header, bextAt, "bext", 4)
  view.setUint32(bextAt + 4, bextBytes, true)
  putText(header, at, description, 256)
  putText(header, at + 256, "Wi-Fi Party", 32)
  putText(header, at + 320, `${started.getFullYear()}-${two(started.getMonth() + 1)}-${two(started.getDate())}`, 10)
  putText(header, at + 330, `${two(started.getHours())}:${two(started.getMinutes())}:${two(started.getSeconds())}`, 8)
  view.setBigUint64(at + 338, BigInt(Math.floor(((startedAtMs - midnight) * sampleRate) / 1000)), true)
  view.setUint16(at + 346, 1, true)
}

const two = (value: number): string => String(value).padStart(2, "0")

/** ASCII, cut at `length`, the rest 0. */
const putText = (header: Uint8Array, at: number, text: string, length: number): void => {
  for (let i = 0; i < length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0
    header[at + i] = code < 128 ? code : 0x3f
  }
}

const textAt = (header: Uint8Array, at: number): string => String.fromCharCode(...header.subarray(at, at + 4))
