/**
 * What this machine takes for the bare minimum, to judge bench:peers by: node scripts/bench.mjs floor
 *
 * A block of the engine wakes about eight threads, one after the other, and crosses a UDP socket. Here is nothing but that: a chain of
 * threads that wake each other 375 times a second, and a loop of datagrams through Node's sockets at the same pace.
 */
import { createSocket } from "node:dgram"
import { Worker } from "node:worker_threads"

const PACE_MS = 128 / 48
const SECONDS = 5
const THREADS = 8
const LINE = 16

/** Plain JavaScript, since a worker has no build step of its own here. The first thread keeps the beat. */
const link = `
const { workerData: { memory, index, count } } = require("node:worker_threads")
const words = new Int32Array(memory)
const wake = (at) => { Atomics.add(words, at, 1); Atomics.notify(words, at) }
if (index === 0) {
  for (let due = performance.now() + ${PACE_MS}; ; due += ${PACE_MS}) {
    const ahead = due - performance.now()
    if (ahead > 0) Atomics.wait(words, 0, 0, ahead)
    wake(${LINE})
  }
}
for (let seen = 0; ; seen = Atomics.load(words, index * ${LINE})) {
  Atomics.wait(words, index * ${LINE}, seen)
  if (index < count - 1) wake((index + 1) * ${LINE})
}`

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** Share of a core that the process takes meanwhile. */
const share = async (): Promise<number> => {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  await sleep(SECONDS * 1000)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (performance.now() - startedMs)
}

const chain = async (): Promise<number> => {
  const memory = new SharedArrayBuffer(THREADS * LINE * 4)
  const links = Array.from({ length: THREADS }, (_, index) => new Worker(link, { eval: true, workerData: { memory, index, count: THREADS } }))
  await sleep(1000)
  const cpu = await share()
  await Promise.all(links.map((worker) => worker.terminate()))
  return cpu
}

const datagrams = async (): Promise<number> => {
  const receiver = createSocket("udp4")
  await new Promise<void>((resolve) => void receiver.bind(0, "127.0.0.1", resolve))
  const sender = createSocket("udp4")
  await new Promise<void>((resolve) => void sender.connect(receiver.address().port, "127.0.0.1", resolve))
  receiver.on("message", () => undefined)
  const packet = Buffer.alloc(284)
  const startedMs = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (const due = (performance.now() - startedMs) / PACE_MS; sent < due; sent++) sender.send(packet, 0, packet.length)
  }, 2)
  const cpu = await share()
  clearInterval(timer)
  sender.close()
  receiver.close()
  return cpu
}

const percent = (cpu: number): string => `${(cpu * 100).toFixed(1)} % of a core`
console.log(`a chain of ${THREADS} threads, 375 times a second    ${percent(await chain())}`)
console.log(`a datagram sent and received, 375 a second  ${percent(await datagrams())}`)
