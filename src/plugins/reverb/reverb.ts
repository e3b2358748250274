/** Reverb: a room around the voice. As a send (`wet: 1` on a bus) or as an insert. The algorithm: reverb.dsp. */
import { createFaustProcessor, loadFaust } from "../../runtime/graph/faust.ts"
import { definePlugin } from "../../runtime/graph/plugin.ts"

const maxDecayS = 10
const maxPredelayMs = 150

const params = {
  decay: { type: "number", unit: "s", min: 1, max: maxDecayS, default: 2, curve: "log", doc: "Time to fall by 60 dB." },
  predelay: { type: "number", unit: "ms", min: 0, max: maxPredelayMs, default: 10, rampMs: 0, doc: "Before the room answers." },
  damping: { type: "number", unit: "Hz", min: 500, max: 20000, default: 6000, curve: "log", doc: "Here it falls twice as fast." },
  wet: { type: "number", unit: "ratio", min: 0, max: 1, default: 0.3, doc: "Share of reverb in the output; 1 is reverb alone." },
} as const

export default definePlugin({
  manifest: {
    id: "reverb",
    name: "Reverb",
    version: "1.0.0",
    api: 1,
    kind: "insert",
    doc: "Puts the signal into a room.",
    params,
  },
  setup: (context) => loadFaust(context, "reverb"),
  activate: (context) =>
    createFaustProcessor(context, {
      params,
      latencyFrames: 0,
      // To -120 dB at the longest decay: the decay may change while it rings.
      tailFrames: Math.ceil((2 * maxDecayS + maxPredelayMs / 1000) * context.sampleRate),
    }),
})
