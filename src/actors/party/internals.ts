/** What tests and benches may see of a running party beyond its face: its memory, its plan, its threads. */
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { Party } from "./party-api.ts"

export interface PartyInternals {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  /** By id: the words through which a thread can be asked to throw, exit or hang. */
  readonly words: Readonly<Record<string, ThreadWords>>
  /** Lets threads that block say what their event loops know (collections). Disturbs audio for a moment. */
  readonly askReports: () => void
}

const known = new WeakMap<Party, PartyInternals>()

export const revealInternals = (party: Party, internals: PartyInternals): void => void known.set(party, internals)

export function internalsOf(party: Party): PartyInternals {
  const internals = known.get(party)
  if (internals === undefined) throw new Error("broken invariant: this party was made by runDecoded")
  return internals
}
