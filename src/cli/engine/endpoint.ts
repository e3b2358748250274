/** Comlink over the IPC channel of a child process; the same on both ends. */
import type { Endpoint } from "comlink"
import type { Envelope } from "./protocol.ts"
import { isEnvelope } from "./protocol.ts"

/** What `process` and `ChildProcess` have in common. */
export interface Channel {
  readonly connected: boolean
  send?(message: Envelope, callback: (error: Error | null) => void): boolean
  on(event: "message", listener: (message: unknown) => void): unknown
  off(event: "message", listener: (message: unknown) => void): unknown
}

/** Sends an envelope; a channel that is closing swallows it. */
export const tell = (channel: Channel, envelope: Envelope): void => {
  if (channel.connected) channel.send?.(envelope, () => undefined)
}

export const ipcEndpoint = (channel: Channel): Endpoint => {
  const listeners = new Map<EventListenerOrEventListenerObject, (message: unknown) => void>()
  return {
    postMessage: (data: unknown) => tell(channel, { kind: "call", data }),
    addEventListener: (_type, listener) => {
      const heard = (message: unknown): void => {
        if (!isEnvelope(message) || message.kind !== "call") return
        const event = { data: message.data } as MessageEvent
        if (typeof listener === "function") listener(event)
        else listener.handleEvent(event)
      }
      listeners.set(listener, heard)
      channel.on("message", heard)
    },
    removeEventListener: (_type, listener) => {
      const heard = listeners.get(listener)
      if (heard !== undefined) channel.off("message", heard)
      listeners.delete(listener)
    },
  }
}
