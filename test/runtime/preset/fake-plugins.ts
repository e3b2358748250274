/** Small manifests and a whole preset for the tests of this folder. */
import type { NumberParam, ParamSpecs, ParamUnit, PluginManifest } from "../../../src/runtime/graph/plugin.ts"

const number = (unit: ParamUnit, min: number, max: number, byDefault: number): NumberParam => ({ type: "number", unit, min, max, default: byDefault, doc: "" })
const plugin = (id: string, params: ParamSpecs, kind: "insert" | "tap" = "insert"): PluginManifest => ({ id, name: id, version: "1.0.0", api: 1, kind, doc: "", params })

export const fakePlugins: readonly PluginManifest[] = [
  plugin("echo", { time: number("ms", 1, 2000, 300), feedback: number("ratio", 0, 0.95, 0.4), wet: number("ratio", 0, 1, 0.3) }),
  plugin("reverb", {
    wet: number("ratio", 0, 1, 0.3),
    room: { type: "choice", choices: ["hall", "plate", "chamber"], default: "hall", doc: "" },
    freeze: { type: "switch", default: false, doc: "" },
  }),
  plugin("limiter", { ceiling: number("dB", -24, 0, -1) }),
  plugin("invert", {}),
  plugin("recorder", { path: { type: "text", default: "recordings", doc: "" } }, "tap"),
]

export const FULL_PRESET = `party: Friday KTV            # the only key without a default
audio:   { rate: 48000, block: 128, backend: pulse }
network:
  listen: 0.0.0.0:5004
  send: [239.255.43.2:5004, 192.168.1.7]
  interface: wlan0
  codec: l24
  packet: 96
  ttl: 2
  peers: 8
  loopback: true
  announce: false
  sdp: party.sdp
jitter:  { delay: 12.5ms, threads: 3 }
sources:
  - { name: Ann,  device: default, channels: 1, send: true, local: true }
  - { name: Song, file: songs/x.wav, loop: true, local: true }
  - { name: Beep, tone: 440Hz, gain: -20dB, send: true }
mix:
  strips:
    "*":  { gain: -1dB, pan: 0.1, inserts: [limiter], sends: { hall: -20dB } }
    Ann:  { gain: -3dB, pan: -0.3, inserts: [{ use: echo, time: 180ms, feedback: 0.3, wet: 20% }], sends: { hall: -12dB } }
    Bob:  { mute: true }
  buses:
    hall: { gain: 2dB, inserts: [{ use: reverb, wet: 1, room: plate, freeze: true }] }
  master:
    gain: -0.5dB
    inserts: [{ use: limiter, ceiling: -1dB }, { use: recorder, path: takes }]
outputs:
  - device: default
  - null: true
  - file: out.wav
log: party.log
`
