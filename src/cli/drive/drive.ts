/** Runs a preset from start to stop: the common part of `run`, `send` and `listen`. */
import { filter, scan } from "rxjs"
import type { TraceOptions } from "../../actors/party/party-api.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import { startEngine } from "../engine/engine-client.ts"
import type { EngineClient } from "../engine/engine-client.ts"
import { endpointText } from "../graph/describe.ts"
import { exitCodeOf, exitCodes, onOutputClosed, print, printError } from "../output.ts"
import type { ExitCode } from "../output.ts"
import { clean } from "../text.ts"
import { version } from "../version.ts"
import { jsonView, plainView, quietView, reportError } from "./view.ts"
import type { View } from "./view.ts"

export interface DriveOptions {
  readonly baseDir: string
  readonly forMs: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  /** Plain lines, and what sound libraries print on the error output. */
  readonly verbose: boolean
  /** Stop when so many sources have ended. */
  readonly untilEnded?: number
  /** What the jitter buffers do is written down. */
  readonly trace?: TraceOptions
}

/** A second interrupt forces the end; one that follows so closely is the same, told by the terminal and by npm. */
const sameInterruptMs = 300

/** What has been read from a file is not yet on the wire; then it may end. */
const lingerMs = 250

const addressOf = (preset: Preset): string => {
  const [first, ...rest] = preset.network.send
  if (preset.network.listen !== undefined) return endpointText(preset.network.listen)
  return first === undefined ? "" : `→ ${endpointText(first)}${rest.length > 0 ? ` +${rest.length}` : ""}`
}

const hasTerminal = (): boolean => process.stdout.isTTY && process.stdin.isTTY && process.env["TERM"] !== "dumb"

/** Returns  the exit code */
export const drive = async (preset: Preset, options: DriveOptions): Promise<ExitCode> => {
  let stopping: Promise<void> | undefined
  let forced = false
  let interruptedAtUs = -Infinity
  const stop = (): void => { stopping ??= engine.stop() }
  const interrupt = (): void => {
    const again = stopping !== undefined && nowUs() - interruptedAtUs > sameInterruptMs * 1000
    if (stopping === undefined) interruptedAtUs = nowUs()
    stop()
    if (!again) return
    forced = true
    engine.kill()
  }

  const showsScreen = !options.json && !options.quiet && !options.verbose && hasTerminal()
  const view: View = showsScreen
    ? (await import("./screen-view.ts")).screenView({
      party: preset.party, address: addressOf(preset),
      set: (path, value) => engine.set(path, value),
      quit: (by) => (by === "interrupt" ? interrupt() : stop()),
    })
    : options.json ? jsonView(options.quiet) : options.quiet ? quietView() : plainView()
  view.begin(version, preset.party)

  const engine: EngineClient = startEngine(preset, {
    baseDir: options.baseDir, statsMs: view.statsMs, ...(options.trace !== undefined && { trace: options.trace }),
    ...(options.verbose && { onChatter: printError }),
  })
  view.follow(engine.events, engine.stats)
  if (options.untilEnded !== undefined) {
    const wanted = options.untilEnded
    engine.events.pipe(
      filter((event) => event.kind === "source ended" || event.kind === "source failed" || event.kind === "engine restarted"),
      scan((count, event) => (event.kind === "engine restarted" ? 0 : count + 1), 0),
    ).subscribe((count) => { if (count >= wanted) setTimeout(stop, lingerMs) })
  }
  const traces: string[] = []
  engine.events.pipe(filter(({ kind }) => kind === "trace started")).subscribe(({ subject }) => traces.push(subject))
  process.on("SIGINT", interrupt)
  process.on("SIGTERM", stop)
  process.on("SIGHUP", stop)
  onOutputClosed(stop)
  let timer: NodeJS.Timeout | undefined

  try {
    await engine.started
    if (options.forMs !== undefined) timer = setTimeout(stop, options.forMs)
    await engine.finished
    await stopping
    view.end()
    // What stood among the events has gone with the screen.
    if (showsScreen) for (const path of traces) print(`  ${clean(path)}`)
    return forced ? exitCodes.forced : exitCodes.fine
  } catch (error) {
    view.end()
    reportError(error, options.json)
    return exitCodeOf(error)
  } finally {
    clearTimeout(timer)
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", stop)
    process.off("SIGHUP", stop)
  }
}
