/**
 * A private sound server for tests: its own folder, socket and environment, a null sink as speakers and one as microphone.
 * ALSA's default goes to it too, so that PortAudio sees it. Nothing of the machine's own sound is touched.
 */
import { execFile, spawn, spawnSync } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** What null sinks take, at most, to play out what they rendered ahead while idle, ms. */
const settleLimitMs = 4000

export interface Pulse {
  /** For child processes, or for process.env. */
  readonly env: Readonly<Record<string, string>>
  /** Null sink that stands for the speakers, the default; what it plays is heard at `${sink}.monitor`. */
  readonly sink: string
  /** Null sink in front of the microphone: what is played there is what the default source `${micSink}.monitor` hears. */
  readonly micSink: string
  pactl(...args: string[]): Promise<string>
  /** Takes a sink away, as one pulls a plug; and gives it back. */
  unplug(sink: string): Promise<void>
  plug(sink: string): Promise<void>
  /** Records what a sink plays. Returns  interleaved stereo at 48 kHz */
  record(sink: string, seconds: number): Promise<Float32Array>
  /** Plays interleaved stereo at 48 kHz to a sink; resolves when it has been played. */
  play(sink: string, samples: Float32Array): Promise<void>
  /** Ends the server by its handle, with all that it holds. Safe to call twice. */
  stop(): Promise<void>
}

const answers = (tool: string): boolean => spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0

/** Returns  why no server can be run here, undefined when one can */
export const pulseMissing = (): string | undefined => {
  if (process.platform !== "linux") return "PulseAudio runs on Linux only"
  if (!answers("pulseaudio")) return "pulseaudio is not installed (apt install pulseaudio)"
  if (!answers("pacat") || !answers("pactl")) return "pacat and pactl are not installed (apt install pulseaudio-utils)"
  return undefined
}

/** Returns  why naudiodon cannot reach a server that startPulse() has started, undefined when it can */
export const alsaMissing = (): string | undefined => {
  const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/arm-linux-gnueabihf", "/usr/lib64", "/usr/lib"]
  const there = folders.some((folder) => existsSync(join(folder, "alsa-lib/libasound_module_pcm_pulse.so")))
  return there ? pulseMissing() : "ALSA has no way to PulseAudio (apt install libasound2-plugins)"
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const sinkArguments = (name: string): string =>
  `sink_name=${name} rate=48000 channels=2 format=float32le sink_properties=device.description=${name}-null-sink`

const streamArguments = (device: string, latencyMs: number): string[] => [
  "--raw", `--device=${device}`, "--format=float32le", "--rate=48000", "--channels=2", `--latency-msec=${latencyMs}`,
]

/** Ends a child by its handle. */
const endChild = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => void child.once("exit", resolve))
  child.kill("SIGTERM")
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000)
  await gone
  clearTimeout(timer)
}

/** Samples that arrive from parec, joined. */
const joinSamples = (pieces: readonly Buffer[]): Float32Array => {
  const bytes = Buffer.concat(pieces)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 8)))
}

/**
 * Starts the server; its sinks run when it returns.
 * sink, micSink  other names, for a test that wants them
 */
export const startPulse = async (names: { readonly sink?: string; readonly micSink?: string } = {}): Promise<Pulse> => {
  const { sink = "party", micSink = "mic" } = names
  const folder = mkdtempSync(join(tmpdir(), "wifi-party-pulse-"))
  const socket = join(folder, "native")
  mkdirSync(join(folder, "runtime"), { mode: 0o700 })
  const alsa = join(folder, "asound.conf")
  writeFileSync(alsa, "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n")
  const env = {
    PULSE_SERVER: `unix:${socket}`, PULSE_RUNTIME_PATH: join(folder, "runtime"), PULSE_COOKIE: join(folder, "cookie"),
    ALSA_CONFIG_PATH: alsa,
  }
  const toolEnv = { ...process.env, ...env, LC_ALL: "C" }
  const server = spawn("pulseaudio", [
    "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", "--log-target=stderr", "--log-level=error",
    `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ...[sink, micSink].map((name) => `--load=module-null-sink ${sinkArguments(name)}`),
  ], { stdio: ["ignore", "ignore", "pipe"], env: { ...toolEnv, HOME: folder, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder } })
  let said = ""
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000)
  })
  const killNow = (): void => {
    server.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  }
  process.once("exit", killNow)
  const others = new Set<ChildProcess>()
  const keep = (child: ChildProcess): ChildProcess => {
    others.add(child)
    child.on("error", () => undefined)
    child.once("exit", () => others.delete(child))
    return child
  }
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      await Promise.all([...others].map(endChild))
      await endChild(server)
      process.removeListener("exit", killNow)
      rmSync(folder, { recursive: true, force: true })
    })()
    return stopped
  }
  const pactl = async (...args: string[]): Promise<string> => (await run("pactl", args, { env: toolEnv })).stdout

  /** An idle null sink renders 2 s ahead, and lets its first client wait for them; a listener keeps it awake. */
  const wake = (name: string): Promise<void> => {
    const listener = keep(spawn("parec", streamArguments(`${name}.monitor`, 20), { stdio: ["ignore", "pipe", "ignore"], env: toolEnv }))
    const heard = new Promise<void>((resolve) => {
      // What it had rendered ahead comes in big pieces; then small ones follow, as time goes.
      let small = 0
      listener.stdout?.on("data", (bytes: Buffer) => {
        small = bytes.length <= 8192 ? small + 1 : 0
        if (small === 10) resolve()
      })
    })
    return Promise.race([heard, sleep(settleLimitMs)])
  }

  const pulse: Pulse = {
    env, sink, micSink, pactl, stop,
    unplug: async (name) => {
      const lines = (await pactl("list", "short", "modules")).split("\n")
      const index = lines.find((line) => line.includes(`sink_name=${name} `))?.split("\t")[0]
      if (index === undefined) throw new Error(`there is no sink ${name}`)
      await pactl("unload-module", index)
    },
    plug: async (name) => {
      await pactl("load-module", "module-null-sink", ...sinkArguments(name).split(" "))
      await wake(name)
    },
    record: async (name, seconds) => {
      const wanted = Math.round(seconds * 48000) * 8
      const recorder = keep(spawn("parec", streamArguments(`${name}.monitor`, 20), { stdio: ["ignore", "pipe", "ignore"], env: toolEnv }))
      const pieces: Buffer[] = []
      let size = 0
      await new Promise<void>((resolve) => {
        recorder.stdout?.on("data", (bytes: Buffer) => {
          pieces.push(bytes)
          size += bytes.length
          if (size >= wanted) resolve()
        })
        recorder.once("exit", () => resolve())
      })
      await endChild(recorder)
      return joinSamples(pieces).subarray(0, wanted / 4)
    },
    play: async (name, samples) => {
      const player = keep(spawn("pacat", streamArguments(name, 200), { stdio: ["pipe", "ignore", "ignore"], env: toolEnv }))
      player.stdin?.on("error", () => undefined)
      player.stdin?.end(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength))
      await new Promise((resolve) => void player.once("exit", resolve))
    },
  }
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await pactl("info")
        break
      } catch (error) {
        if (attempt === 50 || server.exitCode !== null) throw new Error(`pulseaudio does not start: ${said}`, { cause: error })
        await sleep(100)
      }
    }
    await pactl("set-default-sink", sink)
    await pactl("set-default-source", `${micSink}.monitor`)
    await Promise.all([wake(sink), wake(micSink)])
  } catch (error) {
    await stop()
    throw error
  }
  return pulse
}
