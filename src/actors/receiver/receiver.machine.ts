/**
 * The life of the receiver: binding its socket → ready → receiving → stopped. A socket that fails is bound again; one that cannot
 * be bound at the party's start is the user's to know, and ends the thread with the reason.
 */
import { assign, fromCallback, fromPromise, setup } from "xstate"
import type { ThreadEvent } from "../thread/boot.ts"

const RETRY_MS = 500

export const receiverMachine = setup({
  types: { events: {} as ThreadEvent | { readonly type: "SOCKET.FAILED" }, context: {} as { readonly bound: boolean } },
  actors: {
    bind: fromPromise<void>(() => Promise.resolve()),
    /** Hears the socket while it runs; sends SOCKET.FAILED. */
    hear: fromCallback<ThreadEvent>(() => {}),
    close: fromPromise<void>(() => Promise.resolve()),
  },
  actions: { failed: (_, _params: { readonly error: unknown }) => {} },
}).createMachine({
  id: "receiver",
  context: { bound: false },
  initial: "binding",
  states: {
    binding: {
      invoke: {
        src: "bind",
        onDone: [{ guard: ({ context }) => context.bound, target: "running" }, { target: "ready" }],
        onError: [
          { guard: ({ context }) => context.bound, target: "waiting" },
          { target: "stopped", actions: { type: "failed", params: ({ event }) => ({ error: event.error }) } },
        ],
      },
      on: { STOP: "closing" },
    },
    waiting: { after: { [RETRY_MS]: "binding" }, on: { STOP: "closing" } },
    ready: { on: { GO: "running", STOP: "closing" } },
    running: {
      entry: assign({ bound: true }),
      invoke: { src: "hear" },
      on: { "SOCKET.FAILED": "waiting", STOP: "closing" },
    },
    closing: { invoke: { src: "close", onDone: "stopped", onError: "stopped" } },
    stopped: { type: "final" },
  },
})
