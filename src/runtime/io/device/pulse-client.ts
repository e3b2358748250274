/** One running parec or pacat. */
import { spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import { ResourceError } from "../../errors.ts"
import { keepChild } from "./child.ts"
import { createLineCutter, parseTalk } from "./pulse-talk.ts"
import type { Talk } from "./pulse-talk.ts"

/** How long the server may take to set up a stream, ms. */
const readyLimitMs = 5000

export const pulsePackageHint = "Install the package pulseaudio-utils (it serves PipeWire too): apt install pulseaudio-utils"

/**
 * Our environment without what bends latency or chooses devices behind our back, and with messages in English.
 * PULSE_LATENCY_MSEC=5 even silences ALSA's way to the server.
 */
export const toolEnvironment = (): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: "C" }
  for (const name of ["PULSE_LATENCY_MSEC", "PIPEWIRE_LATENCY", "PULSE_SINK", "PULSE_SOURCE", "PULSE_PROP", "LANGUAGE"]) delete env[name]
  return env
}

export interface PulseClientOptions {
  readonly tool: "parec" | "pacat"
  /** Name of the sink or source. */
  readonly device: string
  readonly format: "float32le" | "u8"
  readonly rateHz: number
  readonly channelCount: number
  readonly latencyBytes: number
  readonly processBytes?: number
  /** parec only. */
  readonly onData?: (bytes: Buffer) => void
  readonly onTalk?: (talk: Talk) => void
}

export interface PulseClient {
  /** pacat only. */
  readonly input: Writable | null
  /** Settles when the process is gone, with the reason. Never rejects. */
  readonly gone: Promise<string>
  stop(): Promise<void>
}

const argumentsOf = (options: PulseClientOptions): string[] => [
  "--verbose", "--raw", `--device=${options.device}`, `--format=${options.format}`, `--rate=${options.rateHz}`,
  `--channels=${options.channelCount}`, `--latency=${options.latencyBytes}`,
  ...(options.processBytes === undefined ? [] : [`--process-time=${options.processBytes}`]),
  "--client-name=Wi-Fi Party", "--stream-name=Wi-Fi Party",
]

/**
 * Starts the tool and waits until the server has made its stream.
 * Fails  ResourceError
 */
export const startPulseClient = async (options: PulseClientOptions): Promise<PulseClient> => {
  const { tool } = options
  const playing = tool === "pacat"
  const child = spawn(tool, argumentsOf(options), {
    stdio: [playing ? "pipe" : "ignore", playing ? "ignore" : "pipe", "pipe"], env: toolEnvironment(),
  })
  const kept = keepChild(child, tool)
  let lastWords = ""
  let tellReady: () => void = () => undefined
  const ready = new Promise<"ready">((resolve) => {
    tellReady = () => resolve("ready")
  })
  const cut = createLineCutter((line) => {
    const talk = parseTalk(line)
    if (talk.kind === "ready") tellReady()
    else if (talk.kind === "other") lastWords = talk.text
    options.onTalk?.(talk)
  })
  const errors: Readable | null = child.stderr
  errors?.setEncoding("utf8").on("data", cut)
  if (options.onData !== undefined) child.stdout?.on("data", options.onData)
  // A write to a process that has just ended: its end is told by `gone`.
  child.stdin?.on("error", () => undefined)

  const gone = kept.gone.then((reason) => (lastWords === "" ? reason : `${reason}: ${lastWords}`))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`the sound server did not answer ${tool} for ${readyLimitMs} ms`), readyLimitMs)
  })
  const outcome = await Promise.race([ready, gone, late])
  clearTimeout(timer)
  if (outcome !== "ready") {
    await kept.stop()
    const missing = outcome.includes("is not installed")
    throw new ResourceError(outcome, missing ? pulsePackageHint : "Look at the server with: pactl info")
  }
  return { input: child.stdin, gone, stop: kept.stop }
}
