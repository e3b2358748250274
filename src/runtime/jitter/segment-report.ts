/**
 * What a pull did, as numbers: [0] how many segments, then four a segment: kind, RTP timestamp from which (int32, with the part of
 * a frame), media frames, output frames. The output frames of a pull's segments make up its block.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */

/**
 * play     media was heard, perhaps faster or slower by up to 0.2 %
 * conceal  media was missing, its place was filled
 * hold     the place was filled, the playhead stood still
 * cut      media that is missing was left out
 * jump     the playhead moved within media, forwards or back
 * silence  nothing is playing
 */
export const Segment = { play: 0, conceal: 1, hold: 2, cut: 3, jump: 4, silence: 5 } as const
export const SEGMENT_NUMBERS = 4

/** Numbers in a report that holds whatever a pull can do. */
export const segmentReportLength = (blockFrames: number): number => 1 + SEGMENT_NUMBERS * (4 * blockFrames + 8)

export interface SegmentWriter {
  begin(): void
  /** part[0]: the part of a frame after the timestamp. media[0]: media frames. */
  add(kind: number, timestamp: number, part: Float64Array, media: Float64Array, outputFrames: number): void
}

/** report   of segmentReportLength, or undefined: nothing is written then */
export function createSegmentWriter(report: Float64Array | undefined): SegmentWriter {
  const numbers = report ?? new Float64Array(1)
  const most = Math.floor((numbers.length - 1) / SEGMENT_NUMBERS)
  return {
    /* @hot */
    begin() {
      numbers[0] = 0
    },
    /* @hot */
    add(kind, timestamp, part, media, outputFrames) {
      const count = numbers[0] as number
      const last = 1 + SEGMENT_NUMBERS * (count - 1)
      if (count > 0 && numbers[last] === kind) {
        numbers[last + 2] = (numbers[last + 2] as number) + (media[0] as number)
        numbers[last + 3] = (numbers[last + 3] as number) + outputFrames
        return
      }
      if (count === most) return
      const at = last + SEGMENT_NUMBERS
      numbers[at] = kind
      numbers[at + 1] = timestamp + (part[0] as number)
      numbers[at + 2] = media[0] as number
      numbers[at + 3] = outputFrames
      numbers[0] = count + 1
    },
  }
}
