/** A party that sends to itself over RTP on loopback, and what its pages say of a stretch of time. */
import { createSocket } from "node:dgram"
import { internalsOf, type PartyInternals } from "../../src/actors/party/internals.ts"
import type { Party } from "../../src/actors/party/party-api.ts"
import { runParty, type PresetInput } from "../../src/index.ts"
import { OutputStats } from "../../src/runtime/arena/pages.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { createHistogramWindow, type Distribution } from "../../src/runtime/ring/histogram.ts"
import { openStats } from "../../src/runtime/ring/stats-page.ts"

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket("udp4")
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })

export interface BenchParty {
  readonly party: Party
  readonly internals: PartyInternals
}

/** Runs `sources` as peers of their own party: each sent, none local, nobody listening. */
export async function startLoopback(sources: PresetInput["sources"], delay: string, codec: "l16" | "l24"): Promise<BenchParty> {
  const address = `127.0.0.1:${await freePort()}`
  const party = await runParty({
    party: "Bench", network: { listen: address, send: [address], loopback: true, codec, peers: 32 }, jitter: { delay },
    ...(sources !== undefined && { sources }), outputs: [{ null: true }],
  })
  return { party, internals: internalsOf(party) }
}

export interface Stretch {
  readonly added: Distribution
  readonly network: Distribution
  readonly jitter: Distribution
  readonly pull: Distribution
  readonly render: Distribution
  readonly playback: Distribution
  readonly underruns: number
  readonly concealedFrames: number
}

/** Begins a stretch; the function that is returned ends it and tells. */
export function measureStretch({ memory, plan }: PartyInternals): () => Stretch {
  const since = (at: readonly number[]) => {
    const window = createHistogramWindow(memory, at, Infinity, 1)
    window(0)
    return () => window(1)
  }
  const { histograms } = plan
  const added = since([histograms.added])
  const network = since([histograms.network])
  const jitter = since(plan.jitterWaits)
  const pull = since([histograms.pull])
  const render = since([histograms.render])
  const playback = since([histograms.playbackWait])
  const sum = (pages: readonly Float64Array[], field: number): number => pages.reduce((total, page) => total + (page[field] ?? 0), 0)
  const outputs = plan.outputs.map((output) => openStats(memory, output.stats, OutputStats))
  const buffers = plan.peers.map((peer) => openStats(memory, peer.jitterStats, JitterStats))
  const underruns = sum(outputs, OutputStats.underruns)
  const concealed = sum(buffers, JitterStats.concealedFrames)
  return () => ({
    added: added(), network: network(), jitter: jitter(), pull: pull(), render: render(), playback: playback(),
    underruns: sum(outputs, OutputStats.underruns) - underruns,
    concealedFrames: sum(buffers, JitterStats.concealedFrames) - concealed,
  })
}
