/** Runs the built command line as a process of its own, and looks at what it started. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { until } from "./party-rig.ts"

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url))

/** An object of the command line's --json output. */
export type Line = Readonly<Record<string, unknown>>

export interface Cli {
  readonly pid: number
  /** What it has printed so far; it must run with --json. */
  lines(): readonly Line[]
  /** Events of a kind, so far. */
  events(kind: string): readonly Line[]
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly err: string }>
}

/** through   a command that gets ours as its last arguments and becomes it: ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"] */
export const runCliThrough = (through: readonly string[], folder: string, ...given: readonly string[]): Cli => {
  const [command = process.execPath, ...rest] = [...through, process.execPath, main, ...given]
  const child = spawn(command, rest, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk: Buffer) => { out += chunk.toString() })
  child.stderr.on("data", (chunk: Buffer) => { err += chunk.toString() })
  const lines = (): Line[] => out.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Line)
  return {
    pid: child.pid ?? 0,
    lines,
    events: (kind) => lines().filter((line) => line["kind"] === kind),
    signal: (name) => void child.kill(name),
    ended: once(child, "close").then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, err })),
  }
}

export const runCli = (folder: string, ...given: readonly string[]): Cli => runCliThrough([], folder, ...given)

/** Whether children can be found here: Linux, with /proc. */
export const seesChildren = existsSync(`/proc/${process.pid}/task/${process.pid}/children`)

const childrenOf = (pid: number): number[] => {
  try {
    // Each thread has children of its own.
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(join(`/proc/${pid}/task`, task, "children"), "utf8").trim().split(" ").filter((text) => text !== "").map(Number))
  } catch {
    return []
  }
}

/** The engine's process: the first child, other than those given. */
export const enginePid = (cli: Cli, others: readonly number[] = []): Promise<number> =>
  until("the engine's process is there", () => childrenOf(cli.pid).find((pid) => !others.includes(pid)))

/** Whether a process runs, and is no mere entry that nobody has asked about yet. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}
