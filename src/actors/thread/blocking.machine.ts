/**
 * The life of a thread whose loop blocks (jitter, mixer, tap, and the virtual ends of capture and playback):
 * loading → ready → running → draining → stopped. GO comes when every thread of the party is ready, so that no block is wanted
 * from one that is still loading; a replaced thread gets it at once.
 */
import { setup } from "xstate"
import type { ThreadEvent } from "./boot.ts"

export const blockingMachine = (id: string) =>
  setup({ types: { events: {} as ThreadEvent | { type: "READY" } | { type: "DRAINED" } } }).createMachine({
    id,
    initial: "loading",
    states: {
      loading: { on: { READY: "ready", STOP: "stopped" } },
      ready: { on: { GO: "running", STOP: "draining" } },
      running: { on: { STOP: "draining" } },
      draining: { on: { DRAINED: "stopped" } },
      stopped: { type: "final" },
    },
  })
