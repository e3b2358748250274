/** --trace and --trace-last, as the engine takes them. */
import { resolve } from "node:path"
import type { TraceOptions } from "../../actors/party/party-api.ts"
import { PresetError } from "../../runtime/errors.ts"

export interface TraceFlags {
  readonly trace: string | undefined
  /** ms */
  readonly traceLast: number | undefined
}

/** Local time, in letters that any file system takes: 2025-11-20 19.30.05 */
const timestamp = (at: Date): string => {
  const two = (value: number): string => String(value).padStart(2, "0")
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`
}

/**
 * undefined: no trace. Without a name it is called after the party and the time, in the working directory.
 * Fails  PresetError: an empty name
 */
export function traceOptionOf({ trace, traceLast }: TraceFlags, party: string, now = new Date()): TraceOptions | undefined {
  if (trace?.trim() === "") throw new PresetError([{ path: "--trace", expected: "a file", found: "nothing" }])
  if (trace === undefined && traceLast === undefined) return undefined
  const name = trace ?? `${party.replace(/[/\\]/g, "_")} - ${timestamp(now)}.trace`
  return { path: resolve(name), ...(traceLast !== undefined && { lastMs: traceLast }) }
}
