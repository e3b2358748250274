/** What a worker thread is born with, and what it and the main thread say to each other. Everything here can be cloned. */
import { parentPort, workerData, type MessagePort } from "node:worker_threads"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"

export type Role = "capture" | "sender" | "receiver" | "jitter" | "mixer" | "playback" | "tap" | "trace"

export interface ThreadBoot<Spec> {
  readonly id: string
  readonly role: Role
  readonly memory: WebAssembly.Memory
  readonly dspModule: WebAssembly.Module
  readonly plan: PartyPlan
  /** Wall clock minus party clock, us. */
  readonly wallOffsetUs: number
  readonly spec: Spec
}

/** Control events of every thread. The machine of a hot thread hears of nothing but its own life. */
export type ThreadEvent = { readonly type: "GO" } | { readonly type: "STOP" } | { readonly type: "REPORT" }
  | { readonly type: "TELL"; readonly message: unknown }

/** From a thread to the main thread. */
export type ThreadMessage =
  | { readonly kind: "online"; readonly osThread: number }
  | { readonly kind: "state"; readonly state: string }
  /** The thread cannot go on: `resource` is the outside's fault and says what to do. */
  | { readonly kind: "failed"; readonly fault: "resource" | "plugin" | "bug"; readonly message: string; readonly hint: string }
  /** Anything of the role's own. */
  | { readonly kind: "said"; readonly what: unknown }

export const boot = <Spec>(): ThreadBoot<Spec> => workerData as ThreadBoot<Spec>

export function mainPort(): MessagePort {
  if (parentPort === null) throw new Error("broken invariant: an actor's entry runs in a worker thread")
  return parentPort
}

export const tellMain = (message: ThreadMessage): void => mainPort().postMessage(message)
