/**
 * Wi-Fi Party as a library: a party from a plain object, its events and statistics, a change while it runs, a clean stop.
 * Run it:  node examples/library.mjs [SECONDS]
 */
import { setTimeout as sleep } from "node:timers/promises"
import { runParty } from "wifi-party"

const seconds = Number(process.argv[2] ?? 10)

// The same keys as in a YAML preset.
const party = await runParty(
  {
    party: "From a program",
    network: { listen: "none", send: [] },
    sources: [
      { name: "Song", file: "sounds/backing.wav", loop: true },
      { name: "Ann", file: "sounds/ann.wav", loop: true },
    ],
    mix: {
      strips: { Ann: { inserts: [{ use: "echo", time: "180ms", feedback: 0.3, wet: 0.2 }] } },
      master: { inserts: [{ use: "limiter", ceiling: "-1dB" }] },
    },
    outputs: [{ null: true }], // { device: "default" } to hear it
  },
  // Relative paths start here; a report comes every half second.
  { baseDir: import.meta.dirname, statsMs: 500 },
)

// Both are RxJS Observables and complete when the party has stopped.
party.events.subscribe((event) => console.log(`${event.kind}: ${event.subject} ${event.text}`))
party.stats.subscribe((stats) => console.log(`master ${stats.master.peakDb.toFixed(1)} dB, ${stats.strips.length} strips`))

process.once("SIGINT", () => void party.stop())

await sleep((seconds * 1000) / 2)
party.set("mix.strips.Song.gain", "-6dB") // ramped, no click
await sleep((seconds * 1000) / 2)

await party.stop()
