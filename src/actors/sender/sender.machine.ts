/**
 * The life of the sender: opening its sockets → ready → sending → saying goodbye → stopped. A destination that cannot be opened
 * is tried again; nothing that happens on the network ends the thread.
 */
import { fromCallback, fromPromise, setup } from "xstate"
import type { ThreadEvent } from "../thread/boot.ts"

const RETRY_MS = 1000

export const senderMachine = setup({
  types: { events: {} as ThreadEvent },
  actors: {
    /** Opens every socket. */
    open: fromPromise<void>(() => Promise.resolve()),
    /** Drains the rings while it runs. */
    stream: fromCallback<ThreadEvent>(() => {}),
    /** BYE, and the sockets' end. */
    leave: fromPromise<void>(() => Promise.resolve()),
  },
  actions: { reportOpenFault: (_, _params: { readonly error: unknown }) => {} },
}).createMachine({
  id: "sender",
  initial: "opening",
  states: {
    opening: {
      invoke: {
        src: "open",
        onDone: "ready",
        onError: { target: "waiting", actions: { type: "reportOpenFault", params: ({ event }) => ({ error: event.error }) } },
      },
      on: { STOP: "stopped" },
    },
    waiting: { after: { [RETRY_MS]: "opening" }, on: { STOP: "stopped" } },
    ready: { on: { GO: "running", STOP: "leaving" } },
    running: { invoke: { src: "stream" }, on: { STOP: "leaving" } },
    leaving: { invoke: { src: "leave", onDone: "stopped", onError: "stopped" } },
    stopped: { type: "final" },
  },
})
