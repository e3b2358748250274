/**
 * Errors of the edges: what the user, a file, a device or the network got wrong. Imports nothing.
 *
 * Each carries a `_tag`, so that Effect's `catchTag` tells them apart, and says where, what was expected, what was found
 * and what to do. Real-time code never throws these: there, a return code and a counter.
 */

/** One thing wrong with the input, at its place. */
export interface Fault {
  /** File, or what stands for it: "preset.yaml", "--set". */
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  readonly column?: number
  /** `mix.master.inserts[1].wet` */
  readonly path: string
  readonly expected: string
  readonly found: string
  /** What to do about it. */
  readonly hint?: string
}

/** One line a fault: `file:line:col path: expected …, found …. hint` */
export const renderFault = (fault: Fault): string => {
  const place = fault.file === undefined ? "" : `${fault.file}${fault.line === undefined ? "" : `:${fault.line}:${fault.column ?? 1}`} `
  const path = fault.path === "" ? "" : `${fault.path}: `
  return `${place}${path}expected ${fault.expected}, found ${fault.found}${fault.hint === undefined ? "" : `. ${fault.hint}`}`
}

abstract class TaggedError extends Error {
  abstract readonly _tag: string
}

/** The preset (or a command's arguments) cannot run. All faults at once. */
export class PresetError extends TaggedError {
  readonly _tag = "PresetError"
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(faults.map(renderFault).join("\n"))
    this.name = "PresetError"
    this.faults = faults
  }
}

/** A device, a file or a socket could not be had or was lost. `hint` says what to do. */
export class ResourceError extends TaggedError {
  readonly _tag = "ResourceError"
  readonly hint: string
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "ResourceError"
    this.hint = hint
  }
}

/** A plugin could not be loaded or activated. */
export class PluginError extends TaggedError {
  readonly _tag = "PluginError"
  readonly plugin: string
  constructor(plugin: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "PluginError"
    this.plugin = plugin
  }
}

/** A broken invariant of ours: the worker dies, the supervisor replaces it. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`)
}

/** What an unknown thrown value says, in one line. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
