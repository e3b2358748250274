/**
 * The jitter buffer's yardstick: its three policies, fixed delays and a percentile buffer over seeded network models, judged by
 * what is heard, against a receiver that knows the future.
 *
 *   node scripts/bench.mjs jitter [--packet 5ms] [--seed 1] [--model NAME] [--plot FILE.svg]
 *
 * --packet  only packets of this length, all policies; else 5 ms in full, then 2.5 and 10 ms in short
 * --plot    delay against concealment, a panel a model
 */
import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { loadDspModule } from "../src/runtime/io/dsp-file.ts"
import { fixedDelay } from "./jitter/baselines/fixed.ts"
import { percentile } from "./jitter/baselines/percentile.ts"
import type { MakeBuffer } from "./jitter/buffer-under-test.ts"
import { modelNamed, models } from "./jitter/models/models.ts"
import { RATE_HZ } from "./jitter/network.ts"
import { FAST, frontier, oracleInput, SLOW } from "./jitter/oracle.ts"
import { plot } from "./jitter/plot.ts"
import { projectBuffer } from "./jitter/project-buffer.ts"
import { prepare, runModel } from "./jitter/run.ts"
import { summary, table, type Row } from "./jitter/table.ts"

const { values } = parseArgs({
  options: { packet: { type: "string" }, seed: { type: "string", default: "1" }, model: { type: "string" }, plot: { type: "string" } },
})
const seed = Number(values.seed)
const packetMs = values.packet === undefined ? 5 : Number(values.packet.replace(/ms$/, ""))
const framesOf = (ms: number): number => Math.round((ms * RATE_HZ) / 1000)
const names = values.model === undefined ? models.map((model) => model.name) : [modelNamed(values.model).name]
const module = await loadDspModule()

const steady: readonly [string, MakeBuffer] = ["steady", projectBuffer("steady", { policy: "steady" }, module)]
const baselines: readonly (readonly [string, MakeBuffer])[] = [
  ...[10, 20, 40].map((ms) => [`fixed ${ms}`, fixedDelay(ms)] as const), ["percentile", percentile],
]
const everyone = [
  ["tight", projectBuffer("tight", { policy: "tight" }, module)] as const, steady,
  ["safe", projectBuffer("safe", { policy: "safe" }, module)] as const, ...baselines,
]

const rowsOf = (ms: number, buffers: readonly (readonly [string, MakeBuffer])[]): Row[] =>
  names.flatMap((model) => buffers.map(([buffer, make]) => ({ model, buffer, scores: runModel(model, framesOf(ms), seed, make) })))

const rows = rowsOf(packetMs, everyone)
console.log(`packets of ${packetMs} ms, seed ${seed}\n\n${table(rows)}\n\n${summary(rows, packetMs)}`)
if (values.packet === undefined) for (const ms of [2.5, 10]) console.log(`\n${summary(rowsOf(ms, [steady, ...baselines]), ms)}`)

if (values.plot !== undefined) {
  const panels = names.map((name) => {
    const input = oracleInput(prepare(name, framesOf(packetMs), seed).trace)
    return {
      title: name, about: modelNamed(name).about, slow: frontier(input, SLOW), fast: frontier(input, FAST),
      buffers: rows.filter((row) => row.model === name).map(({ buffer, scores }) => ({ ...scores, name: buffer })),
    }
  })
  writeFileSync(values.plot, plot(panels, `packets of ${packetMs} ms: delay against what is concealed`))
  console.log(`\ndrawn: ${values.plot}`)
}
