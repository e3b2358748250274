/**
 * Stands in for the engine process: speaks its protocol and does what the party's name asks for.
 * The name is JSON: { act, marker? }. Each start adds a line to the file `marker`, so that tests can count lives.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { expose } from "comlink"

const listeners = new Map()
const endpoint = {
  postMessage: (data) => { if (process.connected) process.send({ kind: "call", data }, () => undefined) },
  addEventListener: (_type, listener) => {
    const heard = (message) => { if (message.kind === "call") listener({ data: message.data }) }
    listeners.set(listener, heard)
    process.on("message", heard)
  },
  removeEventListener: (_type, listener) => { process.off("message", listeners.get(listener)) },
}
const event = (kind, text) => process.send({ kind: "event", event: { timeMs: 1, kind, subject: "fake", text } })
const livesIn = (marker) => (existsSync(marker) ? readFileSync(marker, "utf8").split("\n").filter((line) => line === "start").length : 0)

let marker
expose({
  start: async (preset) => {
    const wish = JSON.parse(preset.party)
    marker = wish.marker
    if (wish.act === "busy") return { trouble: { tag: "ResourceError", message: "port 5004 is taken", hint: "stop the other one" } }
    const life = marker === undefined ? 0 : livesIn(marker)
    if (marker !== undefined) appendFileSync(marker, "start\n")
    console.log("ALSA lib: chatter of a sound library\u001b[31m")
    const timer = setInterval(() => process.send({ kind: "stats", stats: { timeMs: 5, party: "fake", pid: process.pid } }), 20)
    if (wish.act === "crash always" || (wish.act === "crash once" && life === 0)) setTimeout(() => process.exit(3), 30)
    if (wish.act === "segfault once" && life === 0) setTimeout(() => process.kill(process.pid, "SIGSEGV"), 30)
    if (wish.act === "end") setTimeout(() => process.send({ kind: "ended" }, () => process.exit(0)), 30)
    if (wish.act === "give up") setTimeout(() => process.send({ kind: "ended", trouble: { tag: "Error", message: "mixer lost too often" } }, () => process.exit(1)), 30)
    if (wish.act === "never stops") process.on("SIGTERM", () => undefined)
    event("party started", String(life))
    void timer
    return {}
  },
  set: async (path, value) => {
    if (path === "bad") return { trouble: { tag: "PresetError", faults: [{ path, expected: "a path", found: String(value) }] } }
    if (marker !== undefined) appendFileSync(marker, `set ${path} ${value}\n`)
    return {}
  },
  sdp: async () => ["v=0"],
  stop: async () => {
    if (marker !== undefined) appendFileSync(marker, "stop\n")
  },
}, endpoint)
process.on("disconnect", () => process.exit(0))
