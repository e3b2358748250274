/** The smallest insert: louder or softer. */
import { definePlugin } from "../../runtime/graph/plugin.ts"
import { dbToGain } from "../../runtime/units.ts"

export default definePlugin({
  manifest: {
    id: "gain",
    name: "Gain",
    version: "1.0.0",
    api: 1,
    kind: "insert",
    doc: "Makes the signal louder or softer.",
    params: {
      gain: { type: "number", unit: "dB", min: -144, max: 24, default: 0, doc: "-144 dB is silence." },
    },
  },

  activate: () => ({
    latencyFrames: 0,
    tailFrames: 0,
    process(io) {
      const from = dbToGain(io.from[0]!)
      const step = (dbToGain(io.to[0]!) - from) / io.frameCount
      for (let channel = 0; channel < io.channelCount; channel++) {
        const input = io.inputs[channel]!
        const output = io.outputs[channel]!
        for (let i = 0; i < io.frameCount; i++) output[i] = input[i]! * (from + step * i)
      }
    },
    reset() {},
  }),
})
