/**
 * A party in a process of its own: node drift-script.mjs PRESET(JSON) WORKDIR. Its clock is trimmed by WIFI_PARTY_CLOCK_PPM.
 * Tells its parent ten times a second how its first peer's jitter buffer fares. Ends, with its recording whole, when asked to.
 */
import { internalsOf } from "../../dist/actors/party/internals.js"
import { runParty } from "../../dist/index.js"
import { MixerStats, OutputStats } from "../../dist/runtime/arena/pages.js"
import { nowUs } from "../../dist/runtime/io/clock.js"
import { JitterStats } from "../../dist/runtime/jitter/jitter-stats.js"
import { openStats } from "../../dist/runtime/ring/stats-page.js"

const [, , preset, workDir] = process.argv
const party = await runParty(JSON.parse(preset), { workDir })
const { memory, plan } = internalsOf(party)
const mixer = openStats(memory, plan.mixerStats, MixerStats)
const output = openStats(memory, plan.outputs[0].stats, OutputStats)
const [peer] = plan.peers
const jitter = peer && openStats(memory, peer.jitterStats, JitterStats)

const look = () => ({
  timeUs: nowUs(), position: mixer[MixerStats.position],
  missed: mixer[MixerStats.jitterMisses] + mixer[MixerStats.skippedBlocks] + output[OutputStats.underruns],
  ...(jitter && Object.fromEntries(["targetDelayUs", "currentDelayUs", "driftPpm", "ratePpm", "concealedFrames", "slips", "resets", "playing"]
    .map((name) => [name, jitter[JitterStats[name]]]))),
})
const timer = jitter && setInterval(() => process.send(look()), 100)
process.once("message", async () => {
  clearInterval(timer)
  await party.stop()
  process.disconnect()
})
process.once("disconnect", () => process.exit())
process.send({ ready: true })
