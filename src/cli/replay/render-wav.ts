/**
 * Writes what a replay renders: a WAV for each stream, on its own timeline, with silence where nothing was recorded. As the recorder
 * does: 24 bits.
 */
import { existsSync, statSync } from "node:fs"
import { dirname, extname, resolve } from "node:path"
import { ResourceError } from "../../runtime/errors.ts"
import type { SoundFile } from "../../runtime/graph/plugin.ts"
import { freshPath } from "../../runtime/io/fresh-path.ts"
import { openWav } from "../../runtime/io/wav-writer.ts"
import { BlockFlag } from "../../runtime/ring/block-ring.ts"
import type { TraceHeader } from "../../runtime/trace/format.ts"
import { streamKey, type TraceStream } from "../../runtime/trace/overview.ts"
import type { ReplayedBlock } from "../../runtime/trace/replay.ts"

export interface WavRenderer {
  /** Fails  ResourceError: a file cannot be written */
  block(block: ReplayedBlock): void
  /** Returns  what was written */
  close(): readonly string[]
}

interface Track {
  readonly file: SoundFile
  readonly channelCount: number
  readonly from: number
}

/** A hole longer than this, s, is not filled: nobody was there. */
const LONGEST_HOLE_SECONDS = 600

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/**
 * path      one file, where there is one stream and the path ends in ".wav"; else a folder
 * streams   those that may come
 */
export function createWavRenderer(path: string, header: TraceHeader, streams: readonly TraceStream[]): WavRenderer {
  const whole = resolve(path)
  const single = extname(whole).toLowerCase() === ".wav" && !isFolder(whole)
  if (single && streams.length > 1) {
    const found = `--wav ${path}: the trace has ${streams.length} streams, one file cannot take them`
    throw new ResourceError(found, "Give a folder, or choose one with --stream NAME.")
  }
  const tracks = new Map<number, Track>()

  const open = ({ slot, ssrc, position, timeUs, flags }: ReplayedBlock): Track => {
    const channelCount = (flags & BlockFlag.mono) !== 0 ? 1 : 2
    const name = streams.find((stream) => stream.slot === slot && stream.ssrc === ssrc)?.name ?? `slot ${slot + 1}`
    const file = openWav({
      path: single ? whole : freshPath(whole, name, "wav"), sampleRate: header.rateHz, channelCount, bits: 24,
      startedAtMs: (timeUs + header.wallOffsetUs) / 1000,
    })
    const track = { file, channelCount, from: position }
    tracks.set(streamKey(slot, ssrc), track)
    return track
  }

  const append = ({ file, channelCount, from }: Track, { position, channels }: ReplayedBlock): boolean => {
    const hole = position - from - file.frameCount
    if (hole > 0 && hole < LONGEST_HOLE_SECONDS * header.rateHz && !file.appendSilence(hole)) return false
    const [left] = channels
    const both = channelCount === 2 && channels.length === 1 && left !== undefined ? [left, left] : channels.slice(0, channelCount)
    return file.append(both, header.blockFrames)
  }

  return {
    block(block) {
      const track = tracks.get(streamKey(block.slot, block.ssrc)) ?? open(block)
      if (append(track, block)) return
      throw new ResourceError(`${track.file.path}: it cannot be written any more`, `Make room in ${dirname(track.file.path)}.`)
    },
    close() {
      return [...tracks.values()].map(({ file }) => {
        file.close()
        return file.path
      })
    },
  }
}
