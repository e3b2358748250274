/**
 * A party in a process of its own, from the built library, for tests that kill it: node party-script.mjs PRESET(JSON) WORKDIR.
 * Tells its parent the mixer's page twenty times a second.
 */
import { internalsOf } from "../../dist/actors/party/internals.js"
import { runParty } from "../../dist/index.js"
import { MixerStats } from "../../dist/runtime/arena/pages.js"
import { openStats } from "../../dist/runtime/ring/stats-page.js"

const [, , preset, workDir] = process.argv
const party = await runParty(JSON.parse(preset), { workDir })
const { memory, plan } = internalsOf(party)
const mixer = openStats(memory, plan.mixerStats, MixerStats)
setInterval(() => process.send({ mixer: mixer.slice() }), 50)
process.on("disconnect", () => process.exit())
