/** Plugins for tests: one that scales, one that delays, a tap, and those that fail on demand. */
import type { ParamSpecs, PluginModule, PluginProcessor } from "../../../src/runtime/graph/plugin.ts"
import { definePlugin } from "../../../src/runtime/graph/plugin.ts"

const manifest = <P extends ParamSpecs>(id: string, params: P) =>
  ({ id, name: id, version: "1.0.0", api: 1, kind: "insert", doc: "", params }) as const

/** Multiplies by `by`, ramped as told. */
export const scale = definePlugin({
  manifest: manifest("scale", {
    by: { type: "number", unit: "ratio", min: 0, max: 8, default: 1, doc: "" },
    mode: { type: "choice", choices: ["plain", "inverted"], default: "plain", doc: "" },
    label: { type: "text", default: "", doc: "" },
  }),
  activate: () => ({
    latencyFrames: 0,
    tailFrames: 0,
    process(io) {
      const sign = io.to[1] === 1 ? -1 : 1
      for (let channel = 0; channel < io.channelCount; channel++) {
        const input = io.inputs[channel]!
        const output = io.outputs[channel]!
        const from = io.from[0]!
        const step = (io.to[0]! - from) / io.frameCount
        for (let i = 0; i < io.frameCount; i++) output[i] = sign * input[i]! * (from + step * i)
      }
    },
    reset() {},
  }),
})

/** Delays by one block: latency or, for the host, a tail. */
export const delay = definePlugin({
  manifest: manifest("delay", {}),
  activate: ({ blockFrames, channelCount }) => {
    const held = Array.from({ length: channelCount }, () => new Float32Array(blockFrames))
    return {
      latencyFrames: blockFrames,
      tailFrames: 0,
      process(io) {
        for (let channel = 0; channel < channelCount; channel++) {
          io.outputs[channel]!.set(held[channel]!)
          held[channel]!.set(io.inputs[channel]!)
        }
      },
      reset() {
        for (const block of held) block.fill(0)
      },
    }
  },
})

export const tap = definePlugin({ manifest: { ...manifest("tap", {}), kind: "tap", ringSeconds: 0.1 } })

/** What the test sees and steers of a plugin. */
export interface Puppet {
  readonly module: PluginModule
  /** Called in every `process`, after the input has been copied to the output times 0.5. */
  act: (output: readonly Float32Array[]) => void
  readonly calls: { channelCount: number; position: number }[]
  resets: number
  active: number
}

export const createPuppet = (id = "puppet", tailFrames = 0): Puppet => {
  const puppet: Puppet = {
    act: () => {},
    calls: [],
    resets: 0,
    active: 0,
    module: {
      manifest: manifest(id, {}),
      activate: (): PluginProcessor => {
        puppet.active++
        return {
          latencyFrames: 0,
          tailFrames,
          process(io) {
            puppet.calls.push({ channelCount: io.channelCount, position: io.position })
            io.outputs.forEach((output, channel) => {
              for (let i = 0; i < io.frameCount; i++) output[i] = 0.5 * io.inputs[channel]![i]!
            })
            puppet.act(io.outputs)
          },
          reset() {
            puppet.resets++
          },
          deactivate() {
            puppet.active--
          },
        }
      },
    },
  }
  return puppet
}
