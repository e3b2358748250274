/** The sinks and sources of the sound server, as pactl lists them. The parsers are pure. */
import type { DeviceInfo } from "./device.ts"

interface Listed {
  readonly name: string
  readonly description: string
  readonly specification: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** `pactl -f json list sinks`. Returns  undefined when it is not JSON (older pactl, broken numbers of some versions) */
const parseJson = (text: string): Listed[] | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(parsed)) return undefined
  return parsed.filter(isRecord).map((item) => {
    const name = textOf(item["name"])
    const properties = isRecord(item["properties"]) ? item["properties"] : {}
    const description = textOf(item["description"]) || textOf(properties["device.description"]) || name
    return { name, description, specification: textOf(item["sample_specification"]) }
  })
}

/** `pactl list short sinks`: index, name, driver, specification, state, separated by tabs. */
const parseShort = (text: string): Listed[] =>
  text.split("\n").flatMap((line) => {
    const [, name, , specification] = line.split("\t")
    return name === undefined || specification === undefined ? [] : [{ name, description: name, specification }]
  })

/**
 * text         what pactl printed, as JSON or short
 * defaultName  name of the server's default in this direction
 */
export const parseDevices = (text: string, direction: DeviceInfo["direction"], defaultName: string): DeviceInfo[] =>
  (parseJson(text) ?? parseShort(text)).flatMap(({ name, description, specification }) => {
    const shape = /(\d+)ch (\d+)Hz/.exec(specification)
    if (name === "" || shape === null) return []
    return [{
      backend: "pulse" as const, id: name, name: description, direction,
      channelCount: Number(shape[1]), rateHz: Number(shape[2]), isDefault: name === defaultName,
    }]
  })

export interface ServerInfo {
  readonly server: string
  readonly version: string
  readonly defaultSink: string
  readonly defaultSource: string
}

/** `pactl info`, in the C locale. */
export const parseInfo = (text: string): ServerInfo => {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1]?.trim() ?? ""
  return {
    server: field("Server Name"), version: field("Server Version"),
    defaultSink: field("Default Sink"), defaultSource: field("Default Source"),
  }
}

/**
 * The source that "default" means. Without a microphone the server names the monitor of its own default sink: to capture that
 * and play it there would howl, so it does not count.
 */
export const defaultSourceOf = (info: ServerInfo): string =>
  info.defaultSource === `${info.defaultSink}.monitor` ? "" : info.defaultSource
