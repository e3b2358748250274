/**
 * The life of a thread with a sound device, at either end: opening → ready → running → closing → stopped. A device that is lost or
 * is not there yet is tried again, ever more patiently; meanwhile the party goes on without it.
 */
import { assign, fromCallback, fromPromise, setup } from "xstate"
import type { ThreadEvent } from "./boot.ts"

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 4000

export type DeviceEvent = ThreadEvent | { readonly type: "DEVICE.LOST"; readonly reason: string }

export const deviceMachine = setup({
  types: { events: {} as DeviceEvent, context: {} as { readonly tries: number } },
  actors: {
    open: fromPromise<void>(() => Promise.resolve()),
    /** While it lives, audio flows; sends DEVICE.LOST. */
    stream: fromCallback<DeviceEvent>(() => {}),
    close: fromPromise<void>(() => Promise.resolve()),
  },
  actions: {
    missing: (_, _params: { readonly error: unknown }) => {},
    lost: (_, _params: { readonly reason: string }) => {},
  },
  delays: { retry: ({ context }) => Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, context.tries - 1)) },
}).createMachine({
  id: "device",
  context: { tries: 0 },
  initial: "loading",
  states: {
    /** Nothing is opened before the party has started: a device that waits for the rest of the party only runs dry. */
    loading: { always: "ready" },
    ready: { on: { GO: "opening", STOP: "stopped" } },
    opening: {
      invoke: {
        src: "open",
        onDone: "running",
        onError: { target: "waiting", actions: { type: "missing", params: ({ event }) => ({ error: event.error }) } },
      },
      on: { STOP: "closing" },
    },
    running: {
      entry: assign({ tries: 0 }),
      invoke: { src: "stream" },
      on: {
        "DEVICE.LOST": { target: "waiting", actions: { type: "lost", params: ({ event }) => ({ reason: event.reason }) } },
        STOP: "closing",
      },
    },
    waiting: {
      entry: assign({ tries: ({ context }) => context.tries + 1 }),
      after: { retry: "opening" },
      on: { STOP: "closing" },
    },
    closing: { invoke: { src: "close", onDone: "stopped", onError: "stopped" } },
    stopped: { type: "final" },
  },
})
