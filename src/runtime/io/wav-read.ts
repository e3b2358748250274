/**
 * Reads a WAV exactly: a sample of n bits is its whole number over 2^(n-1), as everywhere else here, so that what is sent and
 * recorded again comes out bit for bit. RIFF and RF64, 16, 24 and 32 bits and float; other kinds are left to others.
 *
 * Thread: a job's      Realtime: no
 * Source  Microsoft multimedia standards update (WAVE_FORMAT_EXTENSIBLE); EBU Tech 3306 (RF64)
 */

export interface PlainSound {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

type Read = (view: DataView, at: number) => number

const pcm = 1
const ieeeFloat = 3
const extensible = 0xfffe
const unknownSize = 0xffffffff

/** By kind and bits: how one sample is read. */
const readers: Readonly<Record<string, Read>> = {
  [`${pcm} 16`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
  [`${pcm} 24`]: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23,
  [`${pcm} 32`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
  [`${ieeeFloat} 32`]: (view, at) => view.getFloat32(at, true),
}

interface Format {
  readonly read: Read
  readonly channelCount: number
  readonly sampleRate: number
  readonly sampleBytes: number
}

const idAt = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))

function formatAt(view: DataView, at: number, byteCount: number): Format | undefined {
  if (byteCount < 16) return undefined
  const written = view.getUint16(at, true)
  const kind = written === extensible && byteCount >= 26 ? view.getUint16(at + 24, true) : written
  const channelCount = view.getUint16(at + 2, true)
  const bits = view.getUint16(at + 14, true)
  const read = readers[`${kind} ${bits}`]
  if (read === undefined || channelCount === 0 || view.getUint16(at + 12, true) !== (channelCount * bits) / 8) return undefined
  return { read, channelCount, sampleRate: view.getUint32(at + 4, true), sampleBytes: bits / 8 }
}

function samplesAt(view: DataView, at: number, byteCount: number, format: Format): PlainSound {
  const { read, channelCount, sampleRate, sampleBytes } = format
  const frameBytes = channelCount * sampleBytes
  const frameCount = Math.floor(byteCount / frameBytes)
  const channelData = Array.from({ length: channelCount }, (_, channel) => {
    const plane = new Float32Array(frameCount)
    for (let i = 0; i < frameCount; i++) plane[i] = read(view, at + i * frameBytes + channel * sampleBytes)
    return plane
  })
  return { channelData, sampleRate }
}

/**
 * A file that ends before its header says so is read as far as it goes.
 * Returns  undefined for what is no WAV of these kinds
 */
export function readWav(bytes: Uint8Array): PlainSound | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 12 || idAt(view, 8) !== "WAVE" || !["RIFF", "RF64"].includes(idAt(view, 0))) return undefined
  let format: Format | undefined
  let largeBytes = 0
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = idAt(view, at)
    const left = bytes.length - at - 8
    const written = view.getUint32(at + 4, true)
    const size = Math.min(left, id === "data" && written === unknownSize && largeBytes > 0 ? largeBytes : written)
    if (id === "ds64" && size >= 16) largeBytes = Number(view.getBigUint64(at + 16, true))
    if (id === "fmt ") format = formatAt(view, at + 8, size)
    if (id === "data") return format === undefined ? undefined : samplesAt(view, at + 8, size, format)
    at += 8 + size + (size % 2)
  }
  return undefined
}
