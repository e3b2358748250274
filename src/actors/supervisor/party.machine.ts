/**
 * The supervisor: starts every thread, lets the party begin when all are ready, watches, and ends them in order.
 *
 *   starting ─all ready─▶ running ─STOP─▶ stopping ─▶ over
 *       └───a thread cannot start───▶ stopping
 *
 * A thread that fails for good while the party runs takes nothing else with it, unless it is the mixer: without that there is
 * no party, and the process that keeps this one begins anew.
 */
import { assign, enqueueActions, fromPromise, setup, type ActorRefFrom } from "xstate"
import type { Role } from "../thread/boot.ts"
import { supervisedMachine, type SupervisedReport } from "./supervised.machine.ts"
import type { WorkerInput } from "./worker-actor.ts"

export interface ThreadInput extends WorkerInput {
  readonly role: Role
}

export type SupervisedRef = ActorRefFrom<typeof supervisedMachine>

export interface Failure {
  readonly id: string
  readonly fault: "resource" | "plugin" | "bug"
  readonly message: string
  readonly hint: string
}

interface PartyContext {
  readonly inputs: readonly ThreadInput[]
  readonly nowMs: () => number
  readonly threads: Readonly<Record<string, SupervisedRef>>
  readonly settled: ReadonlySet<string>
  readonly failure: Failure | undefined
}

/** What the party tells whoever runs it. */
export type PartyNews =
  | { readonly type: "NEWS.DIED"; readonly id: string; readonly reason: string }
  | { readonly type: "NEWS.BACK"; readonly id: string; readonly afterMs: number }
  | { readonly type: "NEWS.FAILED"; readonly failure: Failure }
  | { readonly type: "NEWS.SAID"; readonly id: string; readonly what: unknown }

/** A thread in one of these does not keep the others waiting: a network that is away is tried again while the party runs. */
const SETTLED = new Set(["ready", "waiting", "running"])

export const partyMachine = setup({
  types: {
    input: {} as { readonly inputs: readonly ThreadInput[]; readonly nowMs: () => number },
    context: {} as PartyContext,
    events: {} as SupervisedReport | { readonly type: "STOP" },
    emitted: {} as PartyNews,
  },
  actors: {
    supervised: supervisedMachine,
    /** Ends the threads, in an order in which nothing is lost. */
    endAll: fromPromise<void, Readonly<Record<string, SupervisedRef>>>(() => Promise.resolve()),
  },
  actions: {
    /** The party's frame 0 is now. */
    begin: () => {},
    sendOff: ({ context }) => {
      for (const thread of Object.values(context.threads)) thread.send({ type: "GO" })
    },
    passOn: enqueueActions(({ enqueue, event }) => {
      if (event.type === "THREAD.DIED") enqueue.emit({ type: "NEWS.DIED", id: event.id, reason: event.reason })
      if (event.type === "THREAD.BACK") enqueue.emit({ type: "NEWS.BACK", id: event.id, afterMs: event.afterMs })
      if (event.type === "THREAD.SAID") enqueue.emit({ type: "NEWS.SAID", id: event.id, what: event.what })
    }),
    noteFailure: enqueueActions(({ enqueue, event, context }) => {
      if (event.type !== "THREAD.FAILED") return
      const { fault, message, hint } = event.failure
      const failure = { id: event.id, fault, message, hint }
      if (context.failure === undefined) enqueue.assign({ failure })
      enqueue.emit({ type: "NEWS.FAILED", failure })
    }),
    settle: assign({
      settled: ({ context, event }) =>
        event.type === "THREAD.STATE" && SETTLED.has(event.state) ? new Set([...context.settled, event.id]) : context.settled,
    }),
  },
  guards: {
    allSettled: ({ context }) => context.settled.size === context.inputs.length,
    fatal: ({ context, event }) =>
      event.type === "THREAD.FAILED" && context.inputs.find((input) => input.name === event.id)?.role === "mixer",
  },
}).createMachine({
  id: "party",
  context: ({ input, spawn, self }) => ({
    ...input,
    threads: Object.fromEntries(input.inputs.map((thread) =>
      [thread.name, spawn("supervised", { id: thread.name, input: { ...thread, parent: self, nowMs: input.nowMs } })])),
    settled: new Set<string>(),
    failure: undefined,
  }),
  initial: "starting",
  on: {
    "THREAD.SAID": { actions: "passOn" },
    "THREAD.DIED": { actions: "passOn" },
    "THREAD.BACK": { actions: "passOn" },
  },
  states: {
    starting: {
      always: { guard: "allSettled", target: "running" },
      on: {
        "THREAD.STATE": { actions: "settle" },
        "THREAD.FAILED": { target: "stopping", actions: "noteFailure" },
        STOP: "stopping",
      },
    },
    running: {
      entry: ["begin", "sendOff"],
      on: {
        "THREAD.FAILED": [{ guard: "fatal", target: "stopping", actions: "noteFailure" }, { actions: "noteFailure" }],
        STOP: "stopping",
      },
    },
    stopping: { invoke: { src: "endAll", input: ({ context }) => context.threads, onDone: "over", onError: "over" } },
    over: { type: "final" },
  },
})
