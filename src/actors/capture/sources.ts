/**
 * Sources that have no device: a sound file, already decoded to the party's rate, and a tone. A source is a function of the
 * party's frame, so one that was away (a replaced thread) is where it would have been.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */

/** Adds nothing, writes frames of a source's timeline. */
export interface VirtualSource {
  readonly channelCount: number
  /**
   * Writes `frameCount` frames from `cells[0]` on into planar memory, `floats[left..]` and `floats[right..]` (word indices).
   * Returns   false when the source has ended before this block
   */
  render(cells: Float64Array, floats: Float32Array, left: number, right: number, frameCount: number): boolean
}

/** channels   planar, at the party's rate */
export function createFileSource(channels: readonly Float32Array[], loop: boolean, gain: number): VirtualSource {
  const channelCount = channels.length
  const frameTotal = channels[0]?.length ?? 0

  /* @hot */
  function copyChannel(from: Float32Array, start: number, floats: Float32Array, at: number, frameCount: number): void {
    let frame = start
    for (let i = 0; i < frameCount; i++) {
      floats[at + i] = frame < 0 || frame >= frameTotal ? 0 : (from[frame] as number) * gain
      frame++
      if (loop && frame >= frameTotal) frame = 0
    }
  }

  return {
    channelCount,
    /* @hot */
    render(cells, floats, left, right, frameCount) {
      const position = cells[0] as number
      if (frameTotal === 0 || (!loop && position >= frameTotal)) return false
      const start = loop && position >= 0 ? position % frameTotal : position
      copyChannel(channels[0] as Float32Array, start, floats, left, frameCount)
      if (channelCount === 2) copyChannel(channels[1] as Float32Array, start, floats, right, frameCount)
      return true
    },
  }
}

/** A sine, mono or the same on both sides; begins at phase 0 at the party's frame 0. */
export function createToneSource(hz: number, sampleRate: number, channelCount: number, gain: number): VirtualSource {
  const cyclesPerFrame = hz / sampleRate
  return {
    channelCount,
    /* @hot */
    render(cells, floats, left, right, frameCount) {
      const position = cells[0] as number
      for (let i = 0; i < frameCount; i++) {
        const cycles = (position + i) * cyclesPerFrame
        const value = position + i < 0 ? 0 : gain * Math.sin(2 * Math.PI * (cycles - Math.floor(cycles)))
        floats[left + i] = value
        if (channelCount === 2) floats[right + i] = value
      }
      return true
    },
  }
}
