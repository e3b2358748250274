/** One party in a process of its own: sends a ramp to itself, listens to its own telemetry, lets an observer watch, and reports. */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { internalsOf } from "../../src/actors/party/internals.ts"
import { runParty } from "../../src/index.ts"
import { OutputStats } from "../../src/runtime/arena/pages.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { createHistogramWindow, type Distribution } from "../../src/runtime/ring/histogram.ts"
import { openStats } from "../../src/runtime/ring/stats-page.ts"
import { freePort, sleep } from "../../test/helpers/party-rig.ts"
import type { Observation, ObserverInput } from "./observer.ts"

export interface PartyOrder {
  readonly ramp: string
  /** As in a preset: { policy: tight }, { delay: 1ms }. */
  readonly jitter: Readonly<Record<string, string>>
  readonly settleSeconds: number
  readonly seconds: number
  readonly observed: boolean
}

export interface PartyFigures {
  readonly added: Distribution
  readonly stages: Readonly<Record<"network" | "jitter" | "pull" | "render" | "playback", Distribution>>
  readonly concealedFrames: number
  readonly late: number
  readonly slips: number
  readonly underruns: number
  readonly leadBlocks: number
  readonly observation: Observation | undefined
  /** By thread. */
  readonly collections: Readonly<Record<string, number>>
}

const [, , text = ""] = process.argv
const order = JSON.parse(text) as PartyOrder
const port = await freePort()
const party = await runParty({
  party: "Latency",
  network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${port}`], loopback: true, codec: "l24", packet: 128, peers: 1 },
  jitter: order.jitter,
  sources: [{ name: "Ramp", file: order.ramp, channels: 2, send: true, local: false }],
  outputs: [{ null: true }],
}, { statsMs: 500 })
const { memory, plan, words, askReports } = internalsOf(party)
const [source] = plan.sources
const [peer] = plan.peers
const [output] = plan.outputs
if (source?.send === undefined || peer === undefined || output === undefined) throw new Error("broken invariant: the party has one of each")

await sleep(order.settleSeconds * 1000)
const jitter = openStats(memory, peer.jitterStats, JitterStats)
const played = openStats(memory, output.stats, OutputStats)
const counts = (): readonly number[] =>
  [jitter[JitterStats.concealedFrames]!, jitter[JitterStats.late]!, jitter[JitterStats.slips]!, played[OutputStats.underruns]!]
/** Threads that block count their collections when they are asked to, which costs them a block: before it counts, and behind it. */
const countCollections = async (): Promise<readonly (readonly [string, number])[]> => {
  askReports()
  await sleep(300)
  return Object.entries(words).map(([id, thread]) => [id, thread.collections()] as const)
}
// A window that never moves on: what comes from the first look to the last.
const since = (at: readonly number[]) => createHistogramWindow(memory, at, Infinity, 1)
const { histograms } = plan
const windows = {
  added: since([histograms.added]), network: since([histograms.network]), jitter: since(plan.jitterWaits),
  pull: since([histograms.pull]), render: since([histograms.render]), playback: since([histograms.playbackWait]),
}
const collectionsBefore = new Map(await countCollections())
const before = counts()
for (const window of Object.values(windows)) window(0)
const end = new Int32Array(new SharedArrayBuffer(4))
const input: ObserverInput = { memory, capture: source.send, playback: output.ring, blockUs: (plan.blockFrames * 1e6) / plan.rateHz, end }
const observer = order.observed ? new Worker(new URL("../latency.bench.js", import.meta.url), { workerData: input }) : undefined

await sleep(order.seconds * 1000)
const [concealedFrames = 0, late = 0, slips = 0, underruns = 0] = counts().map((count, i) => count - before[i]!)
const { added, ...stages } = windows
const read = (window: (nowMs: number) => Distribution): Distribution => window(0)
const figures = {
  added: read(added),
  stages: {
    network: read(stages.network), jitter: read(stages.jitter), pull: read(stages.pull), render: read(stages.render), playback: read(stages.playback),
  },
  concealedFrames, late, slips, underruns, leadBlocks: played[OutputStats.leadBlocks]!,
}
let observation: Observation | undefined
if (observer !== undefined) {
  const said = once(observer, "message") as Promise<[Observation]>
  Atomics.store(end, 0, 1)
  ;[observation] = await said
}
const collections = Object.fromEntries((await countCollections()).map(([id, count]) => [id, count - (collectionsBefore.get(id) ?? 0)]))
await party.stop()
process.send?.({ ...figures, collections, observation } satisfies PartyFigures, () => process.disconnect())
