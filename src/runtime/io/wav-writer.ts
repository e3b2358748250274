/**
 * Writes a WAV while the music plays. What was appended half a second ago or earlier is in the file with a header that says
 * so: killed at any moment, the file plays. Over 4 GB it turns into RF64 in place.
 *
 * The samples go to a bounded buffer, the buffer to the file when it is full or at `flush`, the header's sizes at `flush`.
 * When the disk is full or the file was deleted, the file is cut to whole frames, its header set right, and closed.
 *
 * Thread: one that may block      Realtime: no
 */
import { basename } from "node:path"
import { messageOf, ResourceError } from "../errors.ts"
import type { SoundFile } from "../graph/plugin.ts"
import { nodeDisk } from "./disk.ts"
import type { Disk } from "./disk.ts"
import { createEncoder } from "./wav-encode.ts"
import { createHeader, describeHeader, frameBytesOf, sameLayout, setSizes } from "./wav-header.ts"
import type { WavBits, WavFormat } from "./wav-header.ts"

export interface WavOptions {
  readonly path: string
  readonly sampleRate: number
  readonly channelCount: number
  /** 32 is float. */
  readonly bits: WavBits
  /** Goes on with a file that openWav began, whether it was closed or not. Default: a new file, in place of one that is there. */
  readonly append?: boolean
  /** Wall clock of the first frame, ms since 1970. Default: now. */
  readonly startedAtMs?: number
  /** Size from which the file is RF64. For tests. */
  readonly rf64AboveBytes?: number
}

const bufferBytes = 65536
const flushSeconds = 0.5

/**
 * Opens a WAV for appending.
 *
 * Returns  a sound file whose `append` never throws
 * Fails    ResourceError: cannot be created; with `append`: is not there, is no WAV of ours, or has another format
 */
export const openWav = (options: WavOptions, disk: Disk = nodeDisk): SoundFile => {
  const format: WavFormat = { sampleRate: options.sampleRate, channelCount: options.channelCount, bits: options.bits }
  const frameBytes = frameBytesOf(format)
  const rf64AboveBytes = options.rf64AboveBytes ?? Infinity
  const { file, header, dataBytes } = begin(options, format, disk)

  const encoder = createEncoder(options.bits)
  const buffer = new Uint8Array(Math.floor(bufferBytes / frameBytes) * frameBytes)
  const view = new DataView(buffer.buffer)
  let writtenBytes = dataBytes
  let bufferedBytes = 0
  let toldBytes = -1
  let framesSinceFlush = 0
  let open = true

  /** Moves the buffer to the file. False: the disk is full; what fitted is counted. */
  const spill = (): boolean => {
    let from = 0
    while (from < bufferedBytes) {
      const rest = from === 0 ? buffer : buffer.subarray(from)
      const count = disk.write(file, rest, bufferedBytes - from, header.length + writtenBytes)
      if (count === 0) return false
      from += count
      writtenBytes += count
    }
    bufferedBytes = 0
    return true
  }

  const tellSizes = (): void => {
    if (toldBytes === writtenBytes) return
    setSizes(header, format, writtenBytes, rf64AboveBytes)
    disk.write(file, header, header.length, 0)
    toldBytes = writtenBytes
  }

  /** Leaves the file as readable as can be. */
  const finish = (): void => {
    open = false
    bufferedBytes = 0
    writtenBytes -= writtenBytes % frameBytes
    attempt(() => {
      tellSizes()
      // Chunks have even lengths.
      disk.truncate(file, header.length + writtenBytes + (writtenBytes % 2))
    })
    attempt(() => disk.close(file))
  }

  const guarded = (work: () => boolean): boolean => {
    if (!open) return false
    if (attempt(work) === true) return true
    finish()
    return false
  }

  const flushNow = (): boolean => {
    framesSinceFlush = 0
    if (!spill()) return false
    tellSizes()
    return disk.stat(file).linked
  }

  /** Fills the buffer frame by frame with what `put` writes at a byte, spilling as it fills. */
  const feed = (frameCount: number, put: (from: number, count: number, at: number) => void): boolean =>
    guarded(() => {
      let from = 0
      while (from < frameCount) {
        const count = Math.min(frameCount - from, (buffer.length - bufferedBytes) / frameBytes)
        put(from, count, bufferedBytes)
        bufferedBytes += count * frameBytes
        from += count
        if (bufferedBytes === buffer.length && !spill()) return false
      }
      framesSinceFlush += frameCount
      return framesSinceFlush < flushSeconds * options.sampleRate || flushNow()
    })

  return {
    path: options.path,
    get frameCount() {
      return Math.floor((writtenBytes + bufferedBytes) / frameBytes)
    },
    append: (channels, frameCount) => feed(frameCount, (from, count, at) => encoder.encode(channels, from, count, view, at)),
    appendSilence: (frameCount) => feed(frameCount, (_from, count, at) => buffer.fill(0, at, at + count * frameBytes)),
    flush: () => void guarded(flushNow),
    close() {
      if (guarded(spill)) finish()
    },
  }
}

const begin = (options: WavOptions, format: WavFormat, disk: Disk): { file: number; header: Uint8Array; dataBytes: number } => {
  const { path } = options
  const own = createHeader(format, options.startedAtMs ?? Date.now(), basename(path).replace(/\.[^.]*$/, ""))
  const file = openFile(path, options.append !== true, disk)
  try {
    const { bytes } = disk.stat(file)
    if (bytes === 0) {
      if (disk.write(file, own, own.length, 0) !== own.length) throw new Error("no space left on device")
      return { file, header: own, dataBytes: 0 }
    }
    const found = new Uint8Array(own.length)
    if (disk.read(file, found, 0) < own.length || !sameLayout(found, own)) {
      const wanted = describeHeader(own)
      throw new Error(`expected a recording of ${wanted}, found ${describeHeader(found) ?? "something else"}`)
    }
    // What is there counts, not what the header says: it may be from half a second before the end.
    const dataBytes = bytes - found.length
    const wholeBytes = dataBytes - (dataBytes % frameBytesOf(format))
    disk.truncate(file, found.length + wholeBytes)
    return { file, header: found, dataBytes: wholeBytes }
  } catch (error) {
    attempt(() => disk.close(file))
    throw new ResourceError(`${path}: ${messageOf(error)}`, "Choose another file, or make room on the disk.", { cause: error })
  }
}

const openFile = (path: string, create: boolean, disk: Disk): number => {
  try {
    return disk.open(path, create)
  } catch (error) {
    throw new ResourceError(`${path}: ${messageOf(error)}`, "Check that the folder exists and may be written to.", { cause: error })
  }
}

/** What `work` returns, or undefined when it threw: at a file's end there is nobody left to tell but the caller's false. */
const attempt = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}
