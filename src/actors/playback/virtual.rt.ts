/**
 * Playback without a device: a precise clock takes its place, and the blocks go nowhere or into a sound file. All else is the
 * same code as with a device. As a follower it writes what comes, at the master's pace.
 *
 * Thread: audio      Realtime: allocates nothing after creation; a file's writes are buffered and go to the page cache
 */
import { EdgeState, OutputStats } from "../../runtime/arena/pages.ts"
import type { SoundFile } from "../../runtime/graph/plugin.ts"
import { readClock } from "../../runtime/io/clock.ts"
import { blockViews } from "../../runtime/ring/block-ring.ts"
import { createHistogram } from "../../runtime/ring/histogram.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { graceUs as graceOf } from "../../runtime/timing.ts"
import type { HotLoop } from "../thread/blocking-thread.ts"
import { createBlockPull, type BlockPullOptions } from "./block-pull.ts"

export interface VirtualPlaybackOptions extends BlockPullOptions {
  /** How much faster than the system's this clock ticks. */
  readonly clockPpm: number
  readonly file?: SoundFile
}

const SLEEP_US = 50_000

const NOW = 0
const DUE = 1
const STARTED = 2

export function createVirtualPlayback(options: VirtualPlaybackOptions): HotLoop {
  const { memory, plan, words, file } = options
  const output = plan.outputs[options.output]
  if (output === undefined) throw new Error("broken invariant: an output stands in the plan")
  const pull = createBlockPull(options)
  const views = blockViews(memory, output.ring)
  const silence = [new Float32Array(plan.blockFrames), new Float32Array(plan.blockFrames)]
  const stats = openStats(memory, output.stats, OutputStats)
  const wait = createHistogram(memory, plan.histograms.playbackWait)
  const nominalUs = (plan.blockFrames * 1e6) / plan.rateHz
  const blockUs = nominalUs / (1 + options.clockPpm * 1e-6)
  // The mixer goes by the same grace, on the system's clock.
  const graceUs = graceOf(nominalUs)
  const cells = new Float64Array(3)
  let writing = file !== undefined
  let begun = false

  /* @hot */
  function write(channels: readonly Float32Array[]): void {
    if (!writing || file === undefined) return
    writing = file.append(channels, plan.blockFrames)
    if (!writing) stats[OutputStats.state] = EdgeState.failed
  }

  /* @hot */
  function tick(): void {
    readClock(cells, STARTED)
    const slot = pull.next()
    if (slot < 0) {
      write(silence)
      return
    }
    readClock(cells, NOW)
    cells[STARTED] = (cells[NOW] as number) - (cells[STARTED] as number)
    wait.add(cells, STARTED)
    write(views[slot] as readonly Float32Array[])
    pull.done()
  }

  /** The machine stood still for so long that there is no catching up. */
  /* @hot */
  function passBy(): void {
    const count = Math.floor(((cells[NOW] as number) - (cells[DUE] as number)) / blockUs)
    pull.pass(count)
    for (let i = 0; i < count; i++) write(silence)
    cells[DUE] = (cells[DUE] as number) + count * blockUs
  }

  /* @hot */
  function runMaster(): void {
    if (!begun) {
      begun = true
      readClock(cells, NOW)
      cells[DUE] = (cells[NOW] as number) + blockUs
    }
    while (!words.controlRaised()) {
      words.beat()
      const seen = words.bellCount()
      readClock(cells, NOW)
      const ahead = (cells[DUE] as number) - (cells[NOW] as number)
      if (ahead > 0) {
        words.sleep(seen, ahead | 0)
        continue
      }
      if (ahead < -graceUs) passBy()
      cells[DUE] = (cells[DUE] as number) + blockUs
      tick()
    }
  }

  /* @hot */
  function runFollower(): void {
    while (!words.controlRaised()) {
      words.beat()
      const seen = words.bellCount()
      let slot = pull.reader.peek()
      if (slot < 0) {
        words.sleep(seen, SLEEP_US)
        continue
      }
      while (slot >= 0) {
        write(views[slot] as readonly Float32Array[])
        stats[OutputStats.blocks] = (stats[OutputStats.blocks] as number) + 1
        pull.done()
        slot = pull.reader.peek()
      }
    }
  }

  stats[OutputStats.state] = EdgeState.live
  return { run: options.master ? runMaster : runFollower }
}
