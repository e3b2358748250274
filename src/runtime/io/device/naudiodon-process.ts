/**
 * The child process that holds naudiodon: it lists the devices, or opens one and carries its audio. The only file that loads
 * naudiodon, and the reason that it is a process: see README.md. What PortAudio and ALSA print goes nowhere.
 *
 * It takes naudiodon's own binding instead of its streams: a stream is destroyed by the first xrun, or never hears of one.
 * Started as  node naudiodon-process.js JSON-of-NaudiodonRequest
 */
import { createRequire } from "node:module"
import { Socket } from "node:net"
import { dirname } from "node:path"
import { messageOf } from "../../errors.ts"
import { createBlockCutter } from "./blocks.ts"
import type { DeviceInfo } from "./device.ts"
import { deviceBlockFrames } from "./edge.ts"
import { describeDevices, matchDevice } from "./match.ts"
import { audioDescriptor, roomAtStart } from "./naudiodon-wire.ts"
import type { NaudiodonReply, NaudiodonRequest } from "./naudiodon-wire.ts"

/** naudiodon's binding, as far as it is used here. */
interface Stream {
  start(): void
  /** Waits, in a thread of libuv's pool, until so many bytes are there. After an xrun their place is taken by `err`. */
  read(byteCount: number): Promise<{ readonly err?: string; readonly buf?: Buffer; readonly finished?: boolean }>
  /** Copies at once; settles when the queue has taken it, with what has gone wrong since the last write. */
  write(bytes: Buffer): Promise<string | undefined>
  quit(how: "WAIT"): Promise<void>
}
interface PortDevice {
  readonly id: number
  readonly name: string
  readonly maxInputChannels: number
  readonly maxOutputChannels: number
  readonly defaultSampleRate: number
  readonly hostAPIName: string
}
interface Binding {
  getDevices(): PortDevice[]
  getHostAPIs(): { readonly defaultHostAPI: number; readonly HostAPIs: readonly { readonly id: number; readonly name: string; readonly defaultInput: number; readonly defaultOutput: number }[] }
  create(options: Readonly<Record<"inOptions" | "outOptions", unknown>> | Readonly<Record<string, unknown>>): Stream
}

const float32Format = 1
/** Captured blocks that may wait for the parent, before they are thrown away. */
const backlogBlocks = 32
/** How long naudiodon may take to quit, ms. After a lost device it never does. */
const quitLimitMs = 300

/**
 * Ends this process for good. Not process.exit: with a read, write or quit stuck in the pool that waits for ever.
 */
const end = (): never => {
  process.kill(process.pid, "SIGKILL")
  throw new Error("unreachable: the process has been killed")
}

/** Sends the last message and ends once it is out. */
const sendLast = (reply: NaudiodonReply): void => {
  if (process.send === undefined) return end()
  process.send(reply, undefined, undefined, () => end())
}

const send = (reply: NaudiodonReply): void => void process.send?.(reply)

/** Fails  Error, when naudiodon or a library that it needs is not there */
const loadBinding = (): Binding => {
  const require = createRequire(import.meta.url)
  const root = dirname(require.resolve("naudiodon/package.json"))
  const load: unknown = createRequire(`${root}/index.js`)("bindings")
  if (typeof load !== "function") throw new Error("naudiodon's package \"bindings\" is broken")
  return load({ bindings: "naudiodon.node", module_root: root }) as Binding
}

const loadHint = (message: string): string => {
  const compiled = "apt install build-essential python3 libasound2-dev, then: npm rebuild naudiodon"
  if (message.includes("libasound")) return "Install ALSA's library: apt install libasound2 (libasound2t64 on newer systems)"
  if (message.includes("libjack")) return "Install JACK's library: apt install libjack0 (or libjack-jackd2-0)"
  if (message.includes("Cannot find module 'naudiodon")) return "Install it: npm install naudiodon"
  return process.platform === "linux" ? `It has to be compiled: ${compiled}` : "It has to be compiled: npm rebuild naudiodon"
}

interface Found {
  readonly info: DeviceInfo
  readonly index: number
}

/** PortAudio's devices, one entry a direction. A name that several host systems use is told apart by theirs. */
const findDevices = (binding: Binding): Found[] => {
  const devices = binding.getDevices()
  const apis = binding.getHostAPIs()
  const api = apis.HostAPIs.find((candidate) => candidate.id === apis.defaultHostAPI)
  const found: Found[] = []
  for (const direction of ["input", "output"] as const) {
    const channelsOf = (device: PortDevice): number => (direction === "input" ? device.maxInputChannels : device.maxOutputChannels)
    const those = devices.filter((device) => channelsOf(device) > 0)
    const defaultIndex = direction === "input" ? api?.defaultInput : api?.defaultOutput
    for (const device of those) {
      const shared = those.some((other) => other !== device && other.name === device.name)
      const id = shared ? `${device.name} [${device.hostAPIName}]` : device.name
      found.push({
        index: device.id,
        info: {
          backend: "naudiodon", id, name: device.name, direction, channelCount: channelsOf(device),
          rateHz: device.defaultSampleRate, isDefault: device.id === defaultIndex,
        },
      })
    }
  }
  return found
}

type OpenRequest = Extract<NaudiodonRequest, { kind: "open" }>
type Opened = Extract<NaudiodonReply, { kind: "opened" }>

/** Opens at the session's rate, else at the device's own. Fails  Error with PortAudio's word */
const openStream = (binding: Binding, request: OpenRequest, { info, index }: Found): { stream: Stream; opened: Opened } => {
  const channelCount = Math.min(request.channelCount, info.channelCount)
  const attempt = (rateHz: number): { stream: Stream; opened: Opened } => {
    const blockFrames = deviceBlockFrames(request, rateHz)
    const options = {
      deviceId: index, sampleRate: rateHz, channelCount, sampleFormat: float32Format, framesPerBuffer: blockFrames,
      highwaterMark: blockFrames * channelCount * 4, maxQueue: 2, closeOnError: true,
    }
    const stream = binding.create(request.direction === "input" ? { inOptions: options } : { outOptions: options })
    return { stream, opened: { kind: "opened", info, rateHz, channelCount, blockFrames } }
  }
  try {
    return attempt(request.rateHz)
  } catch (error) {
    if (info.rateHz === request.rateHz) throw error
    return attempt(info.rateHz)
  }
}

const isXrun = (text: string): boolean => text.includes("underflow") || text.includes("overflow")

/** Reads for ever: each block goes up; one that an xrun has eaten goes up as silence, so that time stays whole. */
const capture = async (stream: Stream, audio: Socket, blockBytes: number): Promise<void> => {
  const silence = Buffer.alloc(blockBytes)
  stream.start()
  for (;;) {
    const { err, buf, finished } = await stream.read(blockBytes)
    if (finished === true) return
    if (err !== undefined && isXrun(err)) send({ kind: "xrun" })
    if (audio.writableLength < backlogBlocks * blockBytes) audio.write(buf ?? silence)
    else send({ kind: "xrun" })
  }
}

/**
 * Writes the blocks that come down; each that naudiodon has taken makes room for one more.
 * One write at a time: two that wait in the pool for room may overtake each other.
 */
const play = (stream: Stream, audio: Socket, blockBytes: number): void => {
  const room = Buffer.alloc(1)
  const slots = Array.from({ length: roomAtStart }, () => Buffer.alloc(blockBytes))
  let arrived = 0
  let written = 0
  let busy = false
  const drain = async (): Promise<void> => {
    if (busy) return
    busy = true
    while (written < arrived) {
      const xrun = await stream.write(slots[written % roomAtStart]!)
      if (xrun !== undefined && isXrun(xrun)) send({ kind: "xrun" })
      written++
      // Its callback waits for data: it is started with its queue full.
      if (written === 2) stream.start()
      audio.write(room)
    }
    busy = false
  }
  const cutter = createBlockCutter(blockBytes / 4, (block) => {
    slots[arrived % roomAtStart]!.set(new Uint8Array(block.buffer))
    arrived++
    void drain()
  })
  audio.on("data", (bytes: Buffer) => cutter.push(bytes))
  audio.write(Buffer.alloc(roomAtStart))
}

const serve = (binding: Binding, request: OpenRequest): void => {
  const found = findDevices(binding)
  const infos = found.map(({ info }) => info)
  const match = matchDevice(infos, request.device, request.direction)
  const hint = describeDevices(infos, request.direction)
  const device = match.kind === "found" ? found.find(({ info }) => info === match.device) : undefined
  if (device === undefined) return sendLast({ kind: "failed", message: match.kind === "missing" ? match.problem : "", hint })
  let result: ReturnType<typeof openStream>
  try {
    result = openStream(binding, request, device)
  } catch (error) {
    return sendLast({ kind: "failed", message: `cannot open "${device.info.id}": ${messageOf(error)}`, hint })
  }
  const { stream, opened } = result
  const audio = new Socket({ fd: audioDescriptor, readable: true, writable: true })
  // The parent closes the socket, or is gone: quit, but never wait for a device that does not come back.
  const quit = (): void => {
    setTimeout(end, quitLimitMs)
    void stream.quit("WAIT").finally(end)
  }
  audio.once("close", quit)
  audio.on("error", () => undefined)
  send(opened)
  const blockBytes = opened.blockFrames * opened.channelCount * 4
  if (request.direction === "output") play(stream, audio, blockBytes)
  else {
    audio.resume()
    void capture(stream, audio, blockBytes)
  }
}

const run = (request: NaudiodonRequest): void => {
  let binding: Binding
  try {
    binding = loadBinding()
  } catch (error) {
    const message = messageOf(error).split("\n")[0] ?? ""
    return sendLast({ kind: "failed", message: `naudiodon cannot be loaded: ${message}`, hint: loadHint(messageOf(error)) })
  }
  if (request.kind === "open") return serve(binding, request)
  const devices = findDevices(binding).map(({ info }) => info)
  sendLast({ kind: "listed", devices, hostApis: [...new Set(binding.getHostAPIs().HostAPIs.map(({ name }) => name))] })
}

process.on("disconnect", () => {
  if (process.argv[2]?.includes("\"list\"") === true) end()
})
run(JSON.parse(process.argv[2] ?? "{}") as NaudiodonRequest)
