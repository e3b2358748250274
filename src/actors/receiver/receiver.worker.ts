/** The receiver's thread: its machine, its socket, its inlet. */
import type { Socket } from "node:dgram"
import { fromCallback, fromPromise } from "xstate"
import { nowUs } from "../../runtime/io/clock.ts"
import { isOwnAddress, openListener } from "../../runtime/io/udp.ts"
import { buildReceiverReport } from "../../runtime/rtp/rtcp-build.ts"
import { boot, tellMain, type ThreadEvent } from "../thread/boot.ts"
import { runEventedThread } from "../thread/evented-thread.ts"
import { beginLife, reportFailure } from "../thread/life.ts"
import { createInlet } from "./inlet.ts"
import { receiverMachine } from "./receiver.machine.ts"
import type { ReceiverSaid, ReceiverSpec } from "./spec.ts"

const TICK_MS = 100
const REPORT_MS = 1000

const own = boot<ReceiverSpec>()
const { memory, plan, spec, wallOffsetUs } = own
const words = beginLife(own)
const say = (what: ReceiverSaid): void => tellMain({ kind: "said", what })
const inlet = createInlet({ memory, plan, threadId: own.id, loopback: spec.loopback, lingerUs: spec.lingerUs, wallOffsetUs, say, isOwnAddress })
const ssrc = 1 + Math.floor(Math.random() * 0xffff_fffe)

let socket: Socket | undefined

const bind = async (): Promise<void> => {
  socket = await openListener(spec.listen, spec.interface)
  say({ what: "listening", address: `${spec.listen.address}:${spec.listen.port}` })
}

const close = (): Promise<void> =>
  new Promise((resolve) => {
    if (socket === undefined) return resolve()
    socket.close(() => resolve())
    socket = undefined
  })

const hear = fromCallback<ThreadEvent>(({ sendBack }) => {
  const listening = socket
  if (listening === undefined) return undefined
  const tick = setInterval(() => inlet.tick(nowUs()), TICK_MS)
  const report = setInterval(() => {
    for (const { address, port, blocks } of inlet.reports(nowUs())) {
      listening.send(buildReceiverReport(ssrc, blocks, { cname: spec.cname }), port, address, () => {})
    }
  }, REPORT_MS)
  const take = (bytes: Buffer, from: { readonly address: string; readonly port: number }): void =>
    inlet.datagram(bytes, from.address, from.port, nowUs())
  const fail = (error: Error): void => {
    say({ what: "trouble", text: error.message })
    void close().then(() => sendBack({ type: "SOCKET.FAILED" }))
  }
  listening.on("message", take)
  listening.on("error", fail)
  return () => {
    clearInterval(tick)
    clearInterval(report)
    listening.off("message", take)
    listening.off("error", fail)
  }
})

runEventedThread(words, receiverMachine.provide({
  actors: { bind: fromPromise(bind), hear, close: fromPromise(close) },
  actions: { failed: (_, { error }) => reportFailure(error) },
}))
