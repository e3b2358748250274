/** The sender's thread: its machine, its sockets, its streams. */
import { fromCallback, fromPromise } from "xstate"
import { instantiateDsp } from "../../runtime/dsp/dsp.ts"
import { messageOf } from "../../runtime/errors.ts"
import { openDestination, type Destination } from "../../runtime/io/udp.ts"
import { boot, tellMain, type ThreadEvent } from "../thread/boot.ts"
import { runEventedThread } from "../thread/evented-thread.ts"
import { beginLife } from "../thread/life.ts"
import { senderMachine } from "./sender.machine.ts"
import type { SenderSaid, SenderSpec } from "./spec.ts"
import { createStreamSet, type StreamSet } from "./stream-set.ts"

const TICK_MS = 100

const { memory, plan, dspModule, spec, wallOffsetUs, ...self } = boot<SenderSpec>()
const words = beginLife({ memory, plan, dspModule, spec, wallOffsetUs, ...self })
const dsp = instantiateDsp(dspModule, memory)
const say = (what: SenderSaid): void => tellMain({ kind: "said", what })

let destinations: Destination[] = []
let streams: StreamSet | undefined

const trouble = (destination: string) => {
  let said = ""
  return (error: Error): void => {
    if (error.message === said) return
    said = error.message
    // Nobody listens there (yet): that is the network's normal state, not a fault of ours.
    if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") say({ what: "trouble", subject: destination, text: error.message })
  }
}

const open = async (): Promise<void> => {
  for (const old of destinations) old.socket.close()
  destinations = []
  for (const endpoint of spec.destinations) {
    const destination = await openDestination(endpoint, { ttl: spec.ttl, interface: spec.interface })
    destination.socket.on("error", trouble(`${endpoint.address}:${endpoint.port}`))
    destination.socket.on("message", (bytes) => streams?.heard(bytes))
    destinations.push(destination)
  }
  streams = createStreamSet({ memory, plan, dsp, spec, wallOffsetUs, destinations, tell: (subject, text) => say({ what: "trouble", subject, text }) })
  say({ what: "streams", streams: streams.streams })
}

const stream = fromCallback<ThreadEvent>(() => {
  let on = true
  const tick = setInterval(() => streams?.tick(), TICK_MS)
  streams?.tick()
  const pump = async (): Promise<void> => {
    while (on) {
      const seen = words.bellCount()
      streams?.drain()
      await words.sleepAsync(seen)
    }
  }
  void pump()
  return () => {
    on = false
    clearInterval(tick)
  }
})

const leave = async (): Promise<void> => {
  streams?.drain()
  streams?.leave()
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const { socket } of destinations) socket.close()
}

runEventedThread(words, senderMachine.provide({
  actors: { open: fromPromise(open), stream, leave: fromPromise(leave) },
  actions: { reportOpenFault: (_, { error }) => say({ what: "trouble", subject: "sender", text: messageOf(error) }) },
}))
