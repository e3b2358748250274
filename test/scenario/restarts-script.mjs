/**
 * Starts and stops a party many times in one process: node --expose-gc restarts-script.mjs COUNT WORKDIR.
 * Tells its parent after each round what the process holds.
 */
import { readdirSync } from "node:fs"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { runParty } from "../../dist/index.js"

const [, , count, workDir] = process.argv
const entries = (path) => {
  try {
    return readdirSync(path).length
  } catch {
    return 0
  }
}

const freePort = async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  await new Promise((resolve) => { socket.close(resolve) })
  return port
}

const preset = (port) => ({
  party: "Again",
  network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${port}`], loopback: true, peers: 2 },
  sources: [
    { name: "Sent", tone: "440Hz", gain: "-20dB", send: true, local: false },
    { name: "Local", tone: "220Hz", gain: "-20dB", send: false, local: true },
  ],
  mix: { strips: { Local: { inserts: [{ use: "echo" }] } }, master: { inserts: [{ use: "limiter" }, { use: "recorder", path: "." }] } },
  outputs: [{ null: true }],
  log: "party.log",
})

/** What is left of a thread, a socket or a timer may take a moment to go. */
const settled = async (wanted) => {
  for (let look = 0; look < 100; look++) {
    const now = { threads: entries("/proc/self/task"), files: entries("/proc/self/fd"), resources: process.getActiveResourcesInfo().length }
    if (wanted === undefined || (now.threads <= wanted.threads && now.files <= wanted.files && now.resources <= wanted.resources)) return now
    await sleep(10)
  }
  return { threads: entries("/proc/self/task"), files: entries("/proc/self/fd"), resources: process.getActiveResourcesInfo().length }
}

let first
for (let round = 0; round < Number(count); round++) {
  const party = await runParty(preset(await freePort()), { workDir })
  let heard = false
  party.stats.subscribe(({ master }) => { heard ||= master.peakDb > -60 })
  for (let look = 0; look < 200 && !heard; look++) await sleep(5)
  await party.stop()
  const held = await settled(first)
  first ??= held
  globalThis.gc()
  await sleep(0)
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send({ ...held, heard, rss, heapUsed, external, names: process.getActiveResourcesInfo() })
}
process.disconnect()
