/**
 * The shape of a preset: which keys there are and what each may hold. What holds between keys is in check.ts, what stands where
 * nothing is written in resolve.ts. Thread: any      Realtime: no
 */
import * as Schema from "effect/Schema"
import type { PluginManifest } from "../graph/plugin.ts"
import { readInterface, readListenAddress, readSendAddress } from "./addresses.ts"
import { GAIN_SPEC, JITTER_SPECS, PAN_SPEC, POLICY_SPEC, TONE_SPEC } from "./describe.ts"
import { insertSchema } from "./inserts.ts"
import { leaf } from "./leaf.ts"
import type { Endpoint } from "./preset.ts"
import type { Reader } from "./reading.ts"
import { accept, readChoice, readName, readNumberOf, readPartyName, readSwitch, readText, readWhole, refuse } from "./reading.ts"
import type { QuantityRange } from "./units-syntax.ts"
import { readQuantity, readRate } from "./units-syntax.ts"

const quantity = <Written = string>(range: QuantityRange) => leaf<number, Written>((raw) => readQuantity(range, raw))
const optional = Schema.optionalKey
const text = (expected: string) => leaf<string, string>(readText(expected))
const switched = leaf<boolean, boolean>(readSwitch)
const choice = <const Choice extends string>(choices: readonly Choice[]) => leaf<Choice, Choice>(readChoice(choices))

const MOST_THREADS = 64
const BLOCKS = [64, 128, 192, 256, 320, 384, 448, 512] as const
const MOST_PEERS = 64
export const PACKET_FRAMES = { min: 32, max: 960 } as const

const readThreads: Reader<number | "auto"> = (raw) => {
  if (raw === "auto") return accept("auto")
  const reading = readWhole(1, MOST_THREADS)(raw)
  return reading.ok ? reading : refuse(`auto, or ${reading.expected}`)
}
const readTrue: Reader<true> = (raw) => (raw === true ? accept(true) : refuse("true", "Remove the output instead."))

const Gain = quantity(GAIN_SPEC)
const Pan = quantity<number>(PAN_SPEC)

const Audio = Schema.Struct({
  rate: optional(leaf<number, number | string>(readRate)),
  block: optional(leaf<number, (typeof BLOCKS)[number]>(readNumberOf(BLOCKS))),
  backend: optional(choice(["auto", "naudiodon", "pulse"])),
})

const Network = Schema.Struct({
  listen: optional(leaf<Endpoint | "none", string>(readListenAddress)),
  send: optional(Schema.Array(leaf<Endpoint, string>(readSendAddress))),
  interface: optional(leaf<string, string>(readInterface)),
  codec: optional(choice(["l16", "l24"])),
  packet: optional(leaf<number, number>(readWhole(PACKET_FRAMES.min, PACKET_FRAMES.max, "frames"))),
  ttl: optional(leaf<number, number>(readWhole(0, 255))),
  peers: optional(leaf<number, number>(readWhole(1, MOST_PEERS))),
  loopback: optional(switched),
  announce: optional(switched),
  sdp: optional(text("a file's path")),
})

const jitterKeys = {
  policy: optional(choice(POLICY_SPEC.choices)),
  min: optional(quantity(JITTER_SPECS.min)),
  max: optional(quantity(JITTER_SPECS.max)),
  delay: optional(quantity(JITTER_SPECS.delay)),
}
const StripJitter = Schema.Struct(jitterKeys)
const Jitter = Schema.Struct({
  ...jitterKeys,
  threads: optional(leaf<number | "auto", number | "auto">(readThreads)),
})

const Source = Schema.Struct({
  name: leaf<string, string>(readName).pipe(Schema.annotateKey({ messageMissingKey: "a name" })),
  device: optional(text("a device's name, or default")),
  file: optional(text("a sound file's path")),
  tone: optional(quantity(TONE_SPEC)),
  loop: optional(switched),
  channels: optional(leaf<1 | 2, 1 | 2>(readNumberOf([1, 2]))),
  gain: optional(Gain),
  send: optional(switched),
  local: optional(switched),
})

const Output = Schema.Struct({
  device: optional(text("a device's name, or default")),
  null: optional(leaf<true, true>(readTrue)),
  file: optional(text("a sound file's path")),
})

/** The schema for the plugins that there are. */
export const presetSchema = (plugins: readonly PluginManifest[]) => {
  const inserts = Schema.Array(insertSchema(plugins))
  const Strip = Schema.Struct({
    gain: optional(Gain),
    pan: optional(Pan),
    mute: optional(switched),
    jitter: optional(StripJitter),
    inserts: optional(inserts),
    sends: optional(Schema.Record(Schema.String, Gain)),
  })
  const Bus = Schema.Struct({ gain: optional(Gain), inserts: optional(inserts) })
  return Schema.Struct({
    party: leaf<string, string>(readPartyName).pipe(Schema.annotateKey({ messageMissingKey: "the party's name, like Friday KTV" })),
    audio: optional(Audio),
    network: optional(Network),
    jitter: optional(Jitter),
    sources: optional(Schema.Array(Source)),
    mix: optional(
      Schema.Struct({
        strips: optional(Schema.Record(Schema.String, Strip)),
        buses: optional(Schema.Record(Schema.String, Bus)),
        master: optional(Bus),
      }),
    ),
    outputs: optional(Schema.Array(Output)),
    log: optional(text("a file's path")),
  })
}

type PresetSchema = ReturnType<typeof presetSchema>
/** A preset as it is written, for those who write it in TypeScript: the same names and units as in YAML. */
export type PresetInput = PresetSchema["Encoded"]
/** What the schema makes of it: units resolved, defaults still missing. */
export type WrittenPreset = PresetSchema["Type"]
