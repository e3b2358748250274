/**
 * What the engine itself adds, capture ring to playback ring, over loopback RTP under `tight`: two blocks at the most. By the median,
 * which hardly sees the moments in which this machine stands still.
 */
import { afterAll, beforeAll, expect, it } from "vitest"
import { internalsOf } from "../../src/actors/party/internals.ts"
import { runParty, type Party } from "../../src/index.ts"
import { createHistogramWindow, readHistograms, type Distribution } from "../../src/runtime/ring/histogram.ts"
import { freePort, sleep, until } from "../helpers/party-rig.ts"

const blockMs = 128 / 48
const mostBlocks = 2
/** Until the buffer has forgotten how the stream began. */
const settleMs = 5000
const windowMs = 500
const windowCount = 12

const windows: Distribution[] = []
let party: Party

beforeAll(async () => {
  const port = await freePort()
  party = await runParty({
    party: "Latency",
    network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${port}`], loopback: true, codec: "l24", packet: 128, peers: 1 },
    jitter: { policy: "tight" },
    sources: [{ name: "Tone", tone: "440Hz", send: true, local: false }],
    outputs: [{ null: true }],
  })
  const { memory, plan } = internalsOf(party)
  await until("the tone is heard", () => readHistograms(memory, [plan.histograms.added]).count > 0)
  await sleep(settleMs)
  for (let i = 0; i < windowCount; i++) {
    const added = createHistogramWindow(memory, [plan.histograms.added], Infinity, 1)
    added(0)
    await sleep(windowMs)
    windows.push(added(0))
  }
})
afterAll(() => party.stop())

it("adds two blocks at the most under `tight`, by the median", () => {
  expect(Math.min(...windows.map(({ count }) => count))).toBeGreaterThan(0)
  const medians = windows.map(({ p50Ms }) => p50Ms)
  const median = medians.toSorted((a, b) => a - b)[windowCount >> 1]!
  console.log(`${median.toFixed(2)} ms, ${(median / blockMs).toFixed(2)} blocks, by the median; by half-seconds `
    + medians.map((value) => value.toFixed(2)).join(" "))
  expect(median).toBeGreaterThan(0)
  expect(median).toBeLessThanOrEqual(mostBlocks * blockMs)
})
