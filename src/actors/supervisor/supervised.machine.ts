/**
 * Keeps one thread alive: let it crash, replace it after a short, growing pause, give up when it dies too often. What the thread
 * could not help (a busy port, a plugin that does not load) is not tried again: that is for the user to mend.
 *
 *   alive ─gone─▶ pausing ─▶ alive … ─too often─▶ failed
 *     └─STOP─▶ ending ─gone─▶ stopped
 */
import { assign, enqueueActions, setup, type AnyActorRef } from "xstate"
import type { ThreadMessage } from "../thread/boot.ts"
import { workerActor, type WorkerInput, type WorkerReport } from "./worker-actor.ts"

export interface SupervisedInput extends WorkerInput {
  readonly parent: AnyActorRef
  /** Steady clock, ms. */
  readonly nowMs: () => number
}

type FailedMessage = Extract<ThreadMessage, { readonly kind: "failed" }>

export interface SupervisedContext extends SupervisedInput {
  /** The machine of the thread itself. */
  readonly state: string
  /** When it died, of late. */
  readonly deaths: readonly number[]
  readonly restarts: number
  readonly osThread: number
  /** The party runs: a thread that gets ready is sent off at once. */
  readonly going: boolean
  readonly failure: FailedMessage | undefined
}

/** To the supervisor. */
export type SupervisedReport =
  | { readonly type: "THREAD.STATE"; readonly id: string; readonly state: string }
  | { readonly type: "THREAD.SAID"; readonly id: string; readonly what: unknown }
  | { readonly type: "THREAD.DIED"; readonly id: string; readonly reason: string; readonly restarts: number }
  | { readonly type: "THREAD.BACK"; readonly id: string; readonly afterMs: number }
  | { readonly type: "THREAD.FAILED"; readonly id: string; readonly failure: FailedMessage }
  | { readonly type: "THREAD.STOPPED"; readonly id: string }

const FIRST_PAUSE_MS = 10
const LAST_PAUSE_MS = 2000
const MOST_DEATHS = 8
const DEATHS_WITHIN_MS = 20_000
const END_DEADLINE_MS = 4000

/** Deaths that still count. */
const lately = ({ deaths, nowMs }: SupervisedContext): readonly number[] => deaths.filter((at) => nowMs() - at < DEATHS_WITHIN_MS)

export const supervisedMachine = setup({
  types: {
    input: {} as SupervisedInput,
    context: {} as SupervisedContext,
    events: {} as WorkerReport | { readonly type: "GO" } | { readonly type: "STOP" } | { readonly type: "HUNG" } | { readonly type: "REPORT" }
      | { readonly type: "TELL"; readonly message: unknown },
  },
  actors: { worker: workerActor },
  delays: {
    pause: ({ context }) => Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** Math.max(0, context.deaths.length - 1)),
    endDeadline: END_DEADLINE_MS,
  },
  guards: {
    tooOften: ({ context }) => lately(context).length + 1 >= MOST_DEATHS,
    hopeless: ({ context }) => context.failure !== undefined && context.failure.fault !== "bug",
  },
  actions: {
    hear: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== "WORKER.SAID") return
      const { message } = event
      const { name: id, parent } = context
      if (message.kind === "online") enqueue.assign({ osThread: message.osThread })
      if (message.kind === "failed") enqueue.assign({ failure: message })
      if (message.kind === "said") enqueue.sendTo(parent, { type: "THREAD.SAID", id, what: message.what })
      if (message.kind !== "state") return
      enqueue.assign({ state: message.state })
      enqueue.sendTo(parent, { type: "THREAD.STATE", id, state: message.state })
      if (message.state === "ready" && context.going) enqueue.sendTo("worker", { type: "GO" })
      const died = context.deaths.at(-1)
      if (message.state === "running" && died !== undefined && context.state !== "running" && context.restarts > 0) {
        enqueue.sendTo(parent, { type: "THREAD.BACK", id, afterMs: context.nowMs() - died })
      }
    }),
    noteDeath: assign({
      deaths: ({ context }) => [...lately(context), context.nowMs()],
      restarts: ({ context }) => context.restarts + 1,
      state: () => "dead",
    }),
    tellDeath: enqueueActions(({ enqueue, context, event }) => {
      if (event.type !== "WORKER.GONE") return
      const reason = context.failure?.message ?? event.reason
      enqueue.sendTo(context.parent, { type: "THREAD.DIED", id: context.name, reason, restarts: context.restarts })
    }),
    tellFailure: enqueueActions(({ enqueue, context }) => {
      const failure = context.failure ?? { kind: "failed", fault: "bug", message: `died ${MOST_DEATHS} times`, hint: "" }
      enqueue.sendTo(context.parent, { type: "THREAD.FAILED", id: context.name, failure })
    }),
    tellStopped: enqueueActions(({ enqueue, context }) => {
      enqueue.sendTo(context.parent, { type: "THREAD.STOPPED", id: context.name })
    }),
    forgetFailure: assign({ failure: undefined }),
  },
}).createMachine({
  id: "supervised",
  context: ({ input }) => ({ ...input, state: "loading", deaths: [], restarts: 0, osThread: 0, going: false, failure: undefined }),
  initial: "alive",
  states: {
    alive: {
      invoke: { id: "worker", src: "worker", input: ({ context }) => context },
      initial: "working",
      states: {
        working: {
          on: {
            GO: [
              { guard: ({ context }) => context.state === "ready",
                actions: [assign({ going: true }), ({ self }) => self.getSnapshot().children["worker"]?.send({ type: "GO" })] },
              { actions: assign({ going: true }) },
            ],
            HUNG: { actions: ({ self }) => self.getSnapshot().children["worker"]?.send({ type: "KILL" }) },
            STOP: "ending",
            "WORKER.GONE": [
              { guard: "hopeless", target: "#supervised.failed", actions: ["noteDeath", "tellDeath"] },
              { guard: "tooOften", target: "#supervised.failed", actions: ["noteDeath", "tellDeath"] },
              { target: "#supervised.pausing", actions: ["noteDeath", "tellDeath", "forgetFailure"] },
            ],
          },
        },
        ending: {
          entry: ({ self }) => self.getSnapshot().children["worker"]?.send({ type: "STOP" }),
          after: { endDeadline: { actions: ({ self }) => self.getSnapshot().children["worker"]?.send({ type: "KILL" }) } },
          on: { "WORKER.GONE": "#supervised.stopped" },
        },
      },
      on: {
        "WORKER.SAID": { actions: "hear" },
        TELL: { actions: ({ self, event }) => self.getSnapshot().children["worker"]?.send(event) },
        REPORT: { actions: ({ self, event }) => self.getSnapshot().children["worker"]?.send(event) },
      },
    },
    pausing: {
      after: { pause: "alive" },
      on: { STOP: "stopped", GO: { actions: assign({ going: true }) } },
    },
    failed: { entry: "tellFailure", on: { STOP: "stopped" } },
    stopped: { entry: "tellStopped", type: "final" },
  },
})
