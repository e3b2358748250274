/** Limiter: no sample leaves it above the ceiling. Below the ceiling it is a plain delay. The algorithm: limiter.dsp. */
import { createFaustProcessor, loadFaust } from "../../runtime/graph/faust.ts"
import { definePlugin } from "../../runtime/graph/plugin.ts"

const params = {
  ceiling: { type: "number", unit: "dB", min: -24, max: 0, default: -1, doc: "The highest sample that may leave." },
  release: { type: "number", unit: "ms", min: 5, max: 1000, default: 100, curve: "log", doc: "Time constant of its way back." },
} as const

/** Lookahead: see limiter.dsp. */
const latencyFrames = 62

export default definePlugin({
  manifest: {
    id: "limiter",
    name: "Limiter",
    version: "1.0.0",
    api: 1,
    kind: "insert",
    doc: "Keeps peaks under a ceiling, both sides alike, without distortion of what is below.",
    params,
  },
  setup: (context) => loadFaust(context, "limiter"),
  activate: (context) => createFaustProcessor(context, { params, latencyFrames, tailFrames: latencyFrames }),
})
