/**
 * The backend that works everywhere: naudiodon (PortAudio), each open device in a child process of its own. A crash, a hang
 * and whatever is printed stay there; a lost device costs that process and nothing else. README.md has the reasons.
 * Thread: one with an event loop
 */
import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { Duplex } from "node:stream"
import { fileURLToPath } from "node:url"
import { messageOf, ResourceError } from "../../errors.ts"
import { framesToMs } from "../../units.ts"
import { createBlockCutter } from "./blocks.ts"
import { keepChild } from "./child.ts"
import type { KeptChild } from "./child.ts"
import type { DeviceBackend, DeviceInfo, InputOptions, OpenDevice, OpenOptions, OutputOptions } from "./device.ts"
import { createInputEdge, createOutputEdge } from "./edge.ts"
import type { Shape } from "./edge.ts"
import { createDeviceLife } from "./life.ts"
import type { DeviceLife } from "./life.ts"
import { audioDescriptor, roomAtStart } from "./naudiodon-wire.ts"
import type { NaudiodonReply, NaudiodonRequest } from "./naudiodon-wire.ts"

/** How long PortAudio may take to look at every device, ms. */
const replyLimitMs = 8000

type Reply<K extends NaudiodonReply["kind"]> = Extract<NaudiodonReply, { kind: K }>

interface Helper {
  readonly child: ChildProcess
  readonly kept: KeptChild
}

const startHelper = (entry: URL, request: NaudiodonRequest): Helper => {
  const env = { ...process.env }
  // With it set, ALSA's way to a sound server stays silent.
  delete env["PULSE_LATENCY_MSEC"]
  const child = fork(fileURLToPath(entry), [JSON.stringify(request)], {
    stdio: ["ignore", "ignore", "ignore", "ipc", "pipe"], execArgv: [], env,
  })
  const socket = child.stdio[audioDescriptor]
  // Its socket closed is how it is asked to end; so it also ends when we are killed.
  const kept = keepChild(child, "the process of naudiodon", () => {
    if (socket instanceof Duplex) socket.destroy()
    else child.kill("SIGTERM")
  })
  child.on("error", () => undefined)
  return { child, kept }
}

/**
 * Waits for the helper's answer; stops the helper when it is another one.
 * Fails  ResourceError
 */
const answerOf = async <K extends NaudiodonReply["kind"]>({ child, kept }: Helper, kind: K): Promise<Reply<K>> => {
  let timer: NodeJS.Timeout | undefined
  const answer = new Promise<NaudiodonReply>((resolve) => {
    const failed = (message: string): void =>
      resolve({ kind: "failed", message, hint: "Its native part may not fit this machine: npm rebuild naudiodon" })
    child.on("message", (reply) => {
      const known = reply as NaudiodonReply
      if (known.kind === kind || known.kind === "failed") resolve(known)
    })
    void kept.gone.then((reason) => setImmediate(failed, reason))
    timer = setTimeout(failed, replyLimitMs, `naudiodon did not answer for ${replyLimitMs} ms`)
  })
  const reply = await answer
  clearTimeout(timer)
  if (reply.kind === kind) return reply as Reply<K>
  await kept.stop()
  throw reply.kind === "failed" ? new ResourceError(reply.message, reply.hint) : new Error(`unexpected answer ${reply.kind}`)
}

/** Lists in a process that ends at once. Fails  ResourceError */
const listWith = async (entry: URL): Promise<Reply<"listed">> => {
  const helper = startHelper(entry, { kind: "list" })
  const listed = await answerOf(helper, "listed")
  await helper.kept.stop()
  return listed
}

interface OpenHelper extends Helper {
  readonly opened: Reply<"opened">
  readonly socket: Duplex
}

const openWith = async (entry: URL, options: OpenOptions, direction: DeviceInfo["direction"]): Promise<OpenHelper> => {
  const { device, rateHz, channelCount, blockFrames } = options
  const helper = startHelper(entry, { kind: "open", direction, device, rateHz, channelCount, blockFrames })
  const socket = helper.child.stdio[audioDescriptor]
  if (!(socket instanceof Duplex)) throw new Error("broken invariant: the helper's audio descriptor is a socket")
  socket.on("error", () => undefined)
  const opened = await answerOf(helper, "opened")
  return { ...helper, opened, socket }
}

const follow = ({ child, kept }: Helper, life: DeviceLife, onXrun: () => void): void => {
  child.on("message", (reply) => {
    if ((reply as NaudiodonReply).kind === "xrun" && !life.isOver()) onXrun()
  })
  void kept.gone.then((reason) => life.lose(reason))
  life.start()
}

const openInput = async (entry: URL, options: InputOptions): Promise<OpenDevice> => {
  const helper = await openWith(entry, options, "input")
  const { opened, socket, kept } = helper
  const edge = createInputEdge(opened, options, options.onBlock)
  const life = createDeviceLife({ onLost: options.onLost, stop: kept.stop })
  const cutter = createBlockCutter(opened.blockFrames * opened.channelCount, (block) => edge.run(block))
  socket.on("data", (bytes: Buffer) => {
    if (life.isOver()) return
    life.beat()
    cutter.push(bytes)
  })
  follow(helper, life, options.onXrun)
  const latencyMs = framesToMs(opened.blockFrames, opened.rateHz) + edge.latencyMs
  return { info: opened.info, latencyMs: () => latencyMs, close: life.close }
}

const openOutput = async (entry: URL, options: OutputOptions): Promise<OpenDevice> => {
  const helper = await openWith(entry, options, "output")
  const { opened, socket, kept } = helper
  const shape: Shape = opened
  const edge = createOutputEdge(shape, options, options.fill)
  const life = createDeviceLife({ onLost: options.onLost, stop: kept.stop })
  // No more can be on the way at once than the helper has asked for.
  const slots = Array.from({ length: roomAtStart + 1 }, () => new Float32Array(shape.blockFrames * shape.channelCount))
  const bytesOfSlots = slots.map((slot) => Buffer.from(slot.buffer))
  let nextSlot = 0
  socket.on("data", (room: Buffer) => {
    if (life.isOver()) return
    life.beat()
    for (let i = 0; i < room.length; i++) {
      edge.run(slots[nextSlot]!)
      socket.write(bytesOfSlots[nextSlot]!)
      nextSlot = (nextSlot + 1) % slots.length
    }
  })
  follow(helper, life, options.onXrun)
  const latencyMs = framesToMs(roomAtStart * shape.blockFrames, shape.rateHz) + edge.latencyMs
  return { info: opened.info, latencyMs: () => latencyMs, close: life.close }
}

const probe = async (entry: URL): Promise<Awaited<ReturnType<DeviceBackend["probe"]>>> => {
  try {
    const { devices, hostApis } = await listWith(entry)
    const systems = hostApis.join(", ")
    if (devices.length > 0) return { works: true, detail: `PortAudio sees devices (${systems})` }
    const hint = "Plug a device in; for a sound server behind ALSA: apt install libasound2-plugins"
    return { works: false, detail: `PortAudio sees no device (${systems})`, hint }
  } catch (error) {
    return { works: false, detail: messageOf(error), ...(error instanceof ResourceError ? { hint: error.hint } : {}) }
  }
}

/**
 * naudiodon behind the device interface.
 * entry   the compiled naudiodon-process, where it does not lie beside this file
 */
export const createNaudiodonBackend = (entry = new URL("./naudiodon-process.js", import.meta.url)): DeviceBackend => ({
  id: "naudiodon",
  probe: () => probe(entry),
  list: async () => (await listWith(entry)).devices,
  openInput: (options) => openInput(entry, options),
  openOutput: (options) => openOutput(entry, options),
})
