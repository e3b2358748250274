/** `send FILE... --to ADDRESS`: a party that only sends, until its files have ended. */
import { basename, extname } from "node:path"
import type { Preset } from "../../runtime/preset/preset.ts"
import { drive } from "../drive/drive.ts"
import { reportError } from "../drive/view.ts"
import { presetOf, withPaths } from "../load-preset.ts"
import { exitCodeOf } from "../output.ts"
import type { ExitCode } from "../output.ts"

export interface SendArguments {
  readonly files: readonly string[]
  readonly to: readonly string[]
  readonly codec: "l16" | "l24"
  readonly packet: number
  readonly loop: boolean
  /** "" for the file's. */
  readonly name: string
  readonly for: number | undefined
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** One name a file, no two alike. */
export const sourceNames = (files: readonly string[], name: string): string[] => {
  const seen = new Set<string>()
  return files.map((file) => {
    const stem = basename(file, extname(file)).trim().slice(0, 48) || "sound"
    const wanted = name === "" ? stem : files.length === 1 ? name : `${name} ${stem}`
    let found = wanted
    for (let number = 2; seen.has(found.toLowerCase()); number += 1) found = `${wanted} (${number})`
    seen.add(found.toLowerCase())
    return found
  })
}

/** Fails  PresetError, in the words of the command line */
export const sendPreset = async (given: SendArguments): Promise<Preset> => {
  const names = sourceNames(given.files, given.name)
  const sources = given.files.map((file, index) =>
    ({ name: names[index] ?? "sound", file, send: true, local: false, loop: given.loop }))
  return withPaths([
    [/^network\.send\b.*/, "--to"], [/^network\.packet$/, "--packet"], [/^sources\[\d+\]\.file$/, "FILE"], [/^sources\[\d+\]\.name$/, "--name"],
  ], () => presetOf({
    party: names[0] ?? "send",
    network: { listen: "none", send: given.to, codec: given.codec, packet: given.packet },
    sources,
    outputs: [{ null: true }],
  }))
}

export const send = async (given: SendArguments): Promise<ExitCode> => {
  let preset: Preset
  try {
    preset = await sendPreset(given)
  } catch (error) {
    reportError(error, given.json)
    return exitCodeOf(error)
  }
  return drive(preset, {
    baseDir: process.cwd(), forMs: given.for, json: given.json, quiet: given.quiet, verbose: given.verbose,
    ...(!given.loop && { untilEnded: given.files.length }),
  })
}
