/**
 * The backend of Linux's sound servers: PulseAudio's client tools, which PipeWire serves as well, as child processes.
 *
 *     source ─▶ parec ─pipe─▶ blocks ─▶ onBlock
 *     fill ─▶ block ─pipe─▶ pacat ─▶ sink ─▶ its monitor ─▶ parec ─▶ "so many frames are gone": the next fill
 *
 * Output is paced by the sink itself: its monitor says how many frames it has consumed, and for each block consumed one is
 * written. So the pipe stays empty, and the device's crystal is followed without a clock or a controller. README.md has the
 * figures. Thread: one with an event loop
 */
import { framesToMs } from "../../units.ts"
import { createBlockCutter } from "./blocks.ts"
import type { DeviceBackend, DeviceInfo, InputOptions, OpenDevice, OpenOptions, OutputOptions } from "./device.ts"
import { createInputEdge, createOutputEdge, deviceBlockFrames } from "./edge.ts"
import type { Shape } from "./edge.ts"
import { createDeviceLife } from "./life.ts"
import type { DeviceLife } from "./life.ts"
import { requireDevice } from "./match.ts"
import { startPulseClient } from "./pulse-client.ts"
import type { PulseClient } from "./pulse-client.ts"
import { askServer, listPulseDevices } from "./pulse-control.ts"
import { createLevelKeeper } from "./pulse-level.ts"
import type { Talk } from "./pulse-talk.ts"
import { ResourceError, messageOf } from "../../errors.ts"

const sampleBytes = 4
/** Blocks between us and pacat's pipe, at most; more are not written. */
const writeSlots = 8

interface Plan {
  readonly shape: Shape
  /** Bytes asked of the server for: record fragments, playback as a whole, one request, and the monitor's fragments. */
  readonly recordBytes: number
  readonly playBytes: number
  readonly requestBytes: number
  readonly monitorBytes: number
  /** Level to aim at, and the highest. */
  readonly targetMs: number
  readonly limitMs: number
}

/**
 * What to ask of the server. Of a total it gives the device (total - 2 requests) / 2, asks for more when a request is missing,
 * and starts a stream, also after an underrun, at a request and the device's share. Big requests leave room above the aim, so
 * that a report is the whole truth; from the start level it is trimmed down. Source: PulseAudio's protocol-native, measured.
 */
const planFor = (session: Shape, device: DeviceInfo): Plan => {
  const { channelCount } = session
  const blockFrames = deviceBlockFrames(session, device.rateHz)
  const deviceFrames = Math.max(Math.round(device.rateHz * 0.00133), Math.round(blockFrames / 2))
  const requestFrames = Math.max(Math.round(device.rateHz * 0.015), 2 * blockFrames)
  const frameBytes = sampleBytes * channelCount
  return {
    shape: { rateHz: device.rateHz, channelCount, blockFrames },
    recordBytes: deviceFrames * frameBytes,
    playBytes: 2 * (requestFrames + deviceFrames) * frameBytes,
    requestBytes: requestFrames * frameBytes,
    monitorBytes: deviceFrames,
    targetMs: framesToMs(blockFrames + 2 * deviceFrames, device.rateHz),
    limitMs: framesToMs(requestFrames + deviceFrames - blockFrames, device.rateHz),
  }
}

const open = async (options: OpenOptions, direction: DeviceInfo["direction"]): Promise<{ info: DeviceInfo; plan: Plan }> => {
  const info = requireDevice(await listPulseDevices(), options.device, direction)
  return { info, plan: planFor(options, info) }
}

const follow = (client: PulseClient, life: DeviceLife): void => void client.gone.then((reason) => life.lose(reason))

const openInput = async (options: InputOptions): Promise<OpenDevice> => {
  const { info, plan } = await open(options, "input")
  const edge = createInputEdge(plan.shape, options, options.onBlock)
  const blockMs = framesToMs(plan.shape.blockFrames, plan.shape.rateHz)
  let serverMs = 0
  let client: PulseClient | undefined
  const cutter = createBlockCutter(plan.shape.blockFrames * plan.shape.channelCount, (block) => edge.run(block))
  const life = createDeviceLife({ onLost: options.onLost, stop: async () => client?.stop() })
  const onTalk = (talk: Talk): void => {
    if (talk.kind === "level") serverMs = talk.latencyMs
    else if (talk.kind === "xrun") options.onXrun()
    else if (talk.kind === "moved") life.lose(`the server moved the stream to ${talk.device}`)
  }
  const onData = (bytes: Buffer): void => {
    if (life.isOver()) return
    life.beat()
    cutter.push(bytes)
  }
  try {
    client = await startPulseClient({
      tool: "parec", device: info.id, format: "float32le", ...plan.shape, latencyBytes: plan.recordBytes, onData, onTalk,
    })
  } catch (error) {
    await life.close()
    throw error
  }
  follow(client, life)
  life.start()
  return { info, latencyMs: () => serverMs + blockMs + edge.latencyMs, close: life.close }
}

const openOutput = async (options: OutputOptions): Promise<OpenDevice> => {
  const { info, plan } = await open(options, "output")
  const { shape } = plan
  const edge = createOutputEdge(shape, options, options.fill)
  const level = createLevelKeeper({ ...plan, blockMs: framesToMs(shape.blockFrames, shape.rateHz) })
  const slots = Array.from({ length: writeSlots }, () => new Float32Array(shape.blockFrames * shape.channelCount))
  const bytesOfSlots = slots.map((slot) => Buffer.from(slot.buffer))
  const backlogBytes = (writeSlots - 2) * shape.blockFrames * shape.channelCount * sampleBytes
  let nextSlot = 0
  let playing = false
  let player: PulseClient | undefined
  let monitor: PulseClient | undefined
  const stop = async (): Promise<void> => void (await Promise.all([player?.stop(), monitor?.stop()]))
  const life = createDeviceLife({ onLost: options.onLost, stop })

  const writeBlock = (): void => {
    const sink = player?.input
    if (sink === null || sink === undefined || !sink.writable || sink.writableLength > backlogBytes) return options.onXrun()
    edge.run(slots[nextSlot]!)
    sink.write(bytesOfSlots[nextSlot]!)
    nextSlot = (nextSlot + 1) % writeSlots
  }
  let consumedFrames = 0
  const onConsumed = (bytes: Buffer): void => {
    if (life.isOver()) return
    life.beat()
    // A device that was idle reports seconds at once: they are not to be filled up.
    consumedFrames = Math.min(consumedFrames + bytes.length, shape.blockFrames * 4)
    while (consumedFrames >= shape.blockFrames) {
      consumedFrames -= shape.blockFrames
      if (!level.takeSkip()) writeBlock()
    }
  }
  const onTalk = (talk: Talk): void => {
    if (talk.kind === "started") playing = true
    else if (talk.kind === "level" && playing) level.report(talk.latencyMs)
    else if (talk.kind === "xrun" && playing) {
      level.underrun()
      options.onXrun()
    } else if (talk.kind === "moved") life.lose(`the server moved the stream to ${talk.device}`)
  }
  try {
    player = await startPulseClient({
      tool: "pacat", device: info.id, format: "float32le", ...shape,
      latencyBytes: plan.playBytes, processBytes: plan.requestBytes, onTalk,
    })
    monitor = await startPulseClient({
      tool: "parec", device: `${info.id}.monitor`, format: "u8", rateHz: shape.rateHz, channelCount: 1,
      latencyBytes: plan.monitorBytes, onData: onConsumed,
      onTalk: (talk) => {
        if (talk.kind === "moved") life.lose(`the server moved the monitor to ${talk.device}`)
      },
    })
  } catch (error) {
    await life.close()
    throw error
  }
  follow(player, life)
  follow(monitor, life)
  life.start()
  return { info, latencyMs: () => level.latencyMs + edge.latencyMs, close: life.close }
}

const probe = async (): Promise<Awaited<ReturnType<DeviceBackend["probe"]>>> => {
  if (process.platform !== "linux") return { works: false, detail: "PulseAudio and PipeWire are used on Linux only" }
  try {
    const info = await askServer()
    return { works: true, detail: `${info.server} ${info.version} answers` }
  } catch (error) {
    const hint = error instanceof ResourceError ? { hint: error.hint } : {}
    return { works: false, detail: messageOf(error), ...hint }
  }
}

/** PulseAudio or PipeWire through parec, pacat and pactl (package pulseaudio-utils). Thread: one with an event loop */
export const createPulseBackend = (): DeviceBackend => ({ id: "pulse", probe, list: listPulseDevices, openInput, openOutput })
