/** What every worker thread does beside its work: says that it lives, counts its collections, and does what a test asks. */
import { constants, PerformanceObserver } from "node:perf_hooks"
import { messageOf, PluginError, ResourceError } from "../../runtime/errors.ts"
import { ownOsThread } from "../../runtime/io/cpu-times.ts"
import { createThreadWords, Sabotage, type ThreadWords } from "../../runtime/ring/thread-words.ts"
import { tellMain, type ThreadBoot } from "./boot.ts"

/** Opens the thread's words, starts counting garbage collections, reports online. */
export function beginLife(boot: ThreadBoot<unknown>): ThreadWords {
  const plan = boot.plan.threads[boot.id]
  if (plan === undefined) throw new Error(`broken invariant: thread ${boot.id} is in the plan`)
  const words = createThreadWords(boot.memory, plan.words)
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail = entry as unknown as { readonly detail?: { readonly kind: number } }
      if (detail.detail?.kind !== constants.NODE_PERFORMANCE_GC_WEAKCB) words.countCollection()
    }
  }).observe({ entryTypes: ["gc"] })
  tellMain({ kind: "online", osThread: ownOsThread() })
  words.beat()
  return words
}

/** Does what a test has asked of this thread, if anything. */
export function obeySabotage(words: ThreadWords): void {
  const kind = words.sabotage()
  if (kind === Sabotage.throw) throw new Error("asked to throw by a test")
  if (kind === Sabotage.exit) process.exit(3)
  if (kind === Sabotage.hang) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

/** Says why this thread cannot go on. The supervisor decides what follows. */
export function reportFailure(error: unknown): void {
  const fault = error instanceof ResourceError ? "resource" : error instanceof PluginError ? "plugin" : "bug"
  const hint = error instanceof ResourceError ? error.hint : ""
  tellMain({ kind: "failed", fault, message: messageOf(error), hint })
}
