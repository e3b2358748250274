/**
 * Mouth to ear through a sound server, for each backend: npm run bench:device [-- SECONDS]
 *
 * Clicks go into the left channel of a null sink. The backend captures them from the sink's monitor, and plays them back to
 * the right channel. One recording of both channels gives each click's way to the sample. Input and output are joined by a
 * queue of blocks, as short as the backend's bursts allow; the engine comes on top.
 */
import type { DeviceBackend, OpenDevice } from "../src/runtime/io/device/device.ts"
import { createNaudiodonBackend } from "../src/runtime/io/device/naudiodon.ts"
import { createPulseBackend } from "../src/runtime/io/device/pulse.ts"
import { ownOsThread } from "../src/runtime/io/cpu-times.ts"
import { raisePriority } from "../src/runtime/io/priority.ts"
import { alsaMissing, pulseMissing, startPulse } from "../test/helpers/pulse.ts"
import type { Pulse } from "../test/helpers/pulse.ts"

const rateHz = 48000
const blockFrames = 128
const seconds = Number(process.argv[2] ?? 20)
const settleMs = 3000
/** A click that is not back after this is lost, frames. */
const longestWay = 0.08 * rateHz

interface Joint {
  readonly devices: readonly OpenDevice[]
  readonly count: { xruns: number; empty: number; dropped: number }
}

/** PortAudio's ALSA hands over several blocks at once. */
const jointBlocks = { pulse: 2, naudiodon: 6 }
const slotCount = 8

/** Left in, right out. */
const join = async (backend: DeviceBackend, input: string, output: string): Promise<Joint> => {
  const count = { xruns: 0, empty: 0, dropped: 0 }
  const slots = Array.from({ length: slotCount }, () => new Float32Array(blockFrames))
  let written = 0
  let read = 0
  const common = {
    rateHz, blockFrames, channelCount: 2,
    onLost: (reason: string) => console.log(`  lost: ${reason}`),
    onXrun: () => void count.xruns++,
  }
  const capture = await backend.openInput({
    ...common, device: input,
    onBlock: (block) => {
      const slot = slots[written % slotCount]!
      for (let i = 0; i < blockFrames; i++) slot[i] = block[2 * i]!
      written++
      if (written - read <= jointBlocks[backend.id]) return
      read++
      count.dropped++
    },
  })
  const playback = await backend.openOutput({
    ...common, device: output,
    fill: (block) => {
      block.fill(0)
      if (read === written) return void count.empty++
      const slot = slots[read % slotCount]!
      for (let i = 0; i < blockFrames; i++) block[2 * i + 1] = slot[i]!
      read++
    },
  })
  return { devices: [capture, playback], count }
}

/** 0.11 to 0.13 s apart, so that they fall on every phase of a block. */
const makeClicks = (): Float32Array => {
  const samples = new Float32Array(seconds * rateHz * 2)
  for (let frame = rateHz / 2, i = 0; frame < (seconds - 0.5) * rateHz; i++) {
    samples[frame * 2] = 0.9
    frame += Math.round(rateHz * (0.11 + 0.02 * ((i * 0.618034) % 1)))
  }
  return samples
}

const clicksOf = (recorded: Float32Array, channel: number): number[] => {
  const frames: number[] = []
  for (let frame = 0; frame < recorded.length / 2; frame++) {
    if (Math.abs(recorded[frame * 2 + channel]!) > 0.3) frames.push(frame)
  }
  return frames
}

const measure = async (backend: DeviceBackend, pulse: Pulse, input: string, output: string): Promise<void> => {
  const { devices, count } = await join(backend, input, output)
  await new Promise((resolve) => void setTimeout(resolve, settleMs))
  Object.assign(count, { xruns: 0, empty: 0, dropped: 0 })
  const cpu = process.cpuUsage()
  const [recorded] = await Promise.all([pulse.record(pulse.sink, seconds + 0.5), pulse.play(pulse.sink, makeClicks())])
  const used = process.cpuUsage(cpu)
  const told = devices.map((device) => device.latencyMs().toFixed(1)).join(" + ")
  await Promise.all(devices.map((device) => device.close()))
  const back = clicksOf(recorded, 1)
  const sent = clicksOf(recorded, 0)
  const ways = sent.flatMap((frame) => {
    const at = back.find((other) => other > frame)
    return at === undefined || at - frame > longestWay ? [] : [((at - frame) * 1000) / rateHz]
  }).sort((a, b) => a - b)
  const at = (share: number): string => (ways[Math.min(ways.length - 1, Math.floor(ways.length * share))] ?? NaN).toFixed(1)
  const cpuShare = ((used.user + used.system) / 1e4 / (seconds + 0.5)).toFixed(1)
  console.log(
    `${backend.id.padEnd(9)}  median ${at(0.5)} ms  p99 ${at(0.99)} ms  worst ${at(1)} ms  best ${at(0)} ms  `
    + `clicks ${ways.length} of ${sent.length}  xruns ${count.xruns}  empty ${count.empty}  dropped ${count.dropped}  `
    + `told ${told} ms  cpu of this process ${cpuShare} %`,
  )
}

const missing = pulseMissing()
if (missing !== undefined) {
  console.log(`cannot measure here: ${missing}`)
  process.exit(1)
}
const pulse = await startPulse({ sink: "loop" })
// As the engine does with its threads.
const priority = await raisePriority(ownOsThread())
Object.assign(process.env, pulse.env)
try {
  await pulse.pactl("set-default-source", "loop.monitor")
  console.log(`mouth to ear through a null sink, ${blockFrames} frames at ${rateHz} Hz, ${seconds} s each, this thread's priority: ${priority}`)
  await measure(createPulseBackend(), pulse, "loop.monitor", "loop")
  const noWay = alsaMissing()
  if (noWay === undefined) await measure(createNaudiodonBackend(), pulse, "default", "default")
  else console.log(`naudiodon  not measured: ${noWay}`)
} finally {
  await pulse.stop()
}
