/**
 * A party in a process of its own, from the built library, for tests that kill it: node party-script.mjs PRESET(JSON) WORKDIR.
 * Tells its parent twenty times a second the mixer's page, and how many frames the mix is behind the clock.
 */
import { internalsOf } from "../../dist/actors/party/internals.js"
import { runParty } from "../../dist/index.js"
import { MixerStats } from "../../dist/runtime/arena/pages.js"
import { nowUs } from "../../dist/runtime/io/clock.js"
import { openStats } from "../../dist/runtime/ring/stats-page.js"

const [, , preset, workDir] = process.argv
const party = await runParty(JSON.parse(preset), { workDir })
const { memory, plan } = internalsOf(party)
const mixer = openStats(memory, plan.mixerStats, MixerStats)
const epoch = new Float64Array(memory.buffer, plan.epoch, 1)
setInterval(() => process.send({
  mixer: mixer.slice(),
  behindFrames: ((nowUs() - epoch[0]) * plan.rateHz) / 1e6 - mixer[MixerStats.position],
}), 50)
process.on("disconnect", () => process.exit())
