/**
 * Parties as a user starts them: the command line in a process of its own, `--json`, its events and statistics collected.
 * Every process is bounded in time and ended by its handle, whatever a test does.
 */
import { spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { join } from "node:path"
import type { PartyEvent, PartyStats } from "../../src/runtime/report.ts"
import type { Netns } from "./netns.ts"

const root = join(import.meta.dirname, "..", "..")
export const cliPath = join(root, "dist", "cli", "main.js")

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface EngineRun {
  readonly events: readonly PartyEvent[]
  readonly stats: readonly PartyStats[]
  /** Resolves with what `find` finds, looked for after each line. Fails when the party ends or the time is over. */
  until<A>(what: string, find: (run: EngineRun) => A | undefined): Promise<A>
  event(kind: PartyEvent["kind"], text?: string): Promise<PartyEvent>
  /** As Ctrl-C does. */
  interrupt(): void
  readonly ended: Promise<Outcome>
  /** Interrupts and waits for the end. */
  stop(): Promise<Outcome>
}

export interface EngineOptions {
  readonly cwd: string
  /** Network of its own; absent: the machine's. */
  readonly netns?: Netns
  readonly env?: Readonly<Record<string, string>>
  /** After which it is killed, ms. */
  readonly limitMs?: number
}

const defaultLimitMs = 60_000
const findLimitMs = 15_000

/** Runs a program to its end; kills it when its time is over. `interruptible` gets a handle that sends Ctrl-C. */
export const runProgram = async (
  program: string, args: readonly string[], options: EngineOptions, listen: (chunk: string) => void = () => undefined,
  interruptible: (interrupt: () => void) => void = () => undefined,
): Promise<Outcome> => {
  const [command, given] = options.netns?.wrap(program, args) ?? [program, args]
  const child = spawn(command, given, {
    cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"],
  })
  const kill = (): void => void child.kill("SIGKILL")
  const timer = setTimeout(kill, options.limitMs ?? defaultLimitMs)
  process.once("exit", kill)
  interruptible(() => void child.kill("SIGINT"))
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk
    listen(chunk)
  })
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => { err += chunk })
  try {
    const [code] = (await once(child, "close")) as [number | null]
    return { code, out, err }
  } finally {
    clearTimeout(timer)
    process.removeListener("exit", kill)
  }
}

/** Runs a command of the command line to its end. */
export const callCli = (args: readonly string[], options: EngineOptions): Promise<Outcome> =>
  runProgram(process.execPath, [cliPath, ...args], options)

/** Starts `wifi-party ARGS --json`. */
export const startEngine = (args: readonly string[], options: EngineOptions): EngineRun => {
  const events: PartyEvent[] = []
  const stats: PartyStats[] = []
  const watchers = new Set<() => void>()
  let rest = ""
  const take = (line: string): void => {
    const { type, ...said } = JSON.parse(line) as { type: string }
    if (type === "event") events.push(said as unknown as PartyEvent)
    if (type === "stats") stats.push(said as unknown as PartyStats)
  }
  const listen = (chunk: string): void => {
    const lines = (rest + chunk).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) take(line)
    for (const watcher of watchers) watcher()
  }
  let interrupt = (): void => undefined
  const ended = runProgram(process.execPath, [cliPath, ...args, "--json"], options, listen, (handle) => { interrupt = handle })
  const run: EngineRun = {
    events,
    stats,
    until: (what, find) => new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        watchers.delete(look)
        clearTimeout(timer)
        act()
      }
      const look = (): void => {
        const found = find(run)
        if (found !== undefined) settle(() => resolve(found))
      }
      const fail = (why: string): void => settle(() => reject(new Error(`${what}: ${why}; ${events.map(({ kind, text }) => `${kind} ${text}`).join(" | ")}`)))
      const timer = setTimeout(() => fail(`not within ${findLimitMs} ms`), findLimitMs)
      watchers.add(look)
      void ended.then(({ code, err }) => fail(`the party ended with ${code} ${err}`))
      look()
    }),
    event: (kind, text = "") => run.until(kind, () => events.find((event) => event.kind === kind && `${event.subject} ${event.text}`.includes(text))),
    interrupt: () => interrupt(),
    ended,
    stop: () => {
      interrupt()
      return ended
    },
  }
  return run
}

/** What a party tells, as "KIND SUBJECT TEXT", when the machine stood still for it. */
const stall = /^(underrun|overrun|late|missing) |too busy|nobody plays/

/** Whether a party, of which all lines are given, had no time for some of its audio. */
export const toldOfStall = (lines: readonly string[]): boolean => lines.some((line) => stall.test(line))

/** A UDP port of 127.0.0.1 that is free now, even, as RTP's are: some programs listen for RTCP on the next one. */
export const freeRtpPort = async (): Promise<number> => {
  for (;;) {
    const socket = createSocket("udp4").bind(0, "127.0.0.1")
    await once(socket, "listening")
    const { port } = socket.address()
    await new Promise<void>((resolve) => { socket.close(() => resolve()) })
    if (port % 2 === 0) return port
  }
}
