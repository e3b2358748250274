/**
 * Keeps the wishes of all jitter buffers in the arena as the settings have them: a peer's by the name that it has just now, a local
 * source's by its own.
 *
 * Thread: main      Realtime: no
 */
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { JitterSpec, Preset } from "../../runtime/preset/preset.ts"
import { writeJitterWish } from "../jitter/wish.ts"
import type { JitterSettings } from "./jitter-settings.ts"

export interface JitterWishes {
  /** Who has a slot now; undefined: nobody. */
  seat(slot: number, name: string | undefined): void
  /** Writes what has changed. */
  follow(): void
}

/** A name that no strip can have: what holds for whoever comes. */
const NOBODY = "*"

export function createJitterWishes(
  memory: WebAssembly.Memory, plan: PartyPlan, { sources }: Preset, { inForce }: Pick<JitterSettings, "inForce">,
): JitterWishes {
  const names = plan.peers.map(() => NOBODY)
  const written = new Map<number, string>()

  const wish = (at: number, spec: JitterSpec): void => {
    const text = JSON.stringify(spec)
    if (written.get(at) === text) return
    written.set(at, text)
    writeJitterWish(memory, at, spec)
  }

  const follow = (): void => {
    plan.peers.forEach(({ wish: at }, slot) => wish(at, inForce(names[slot] ?? NOBODY)))
    plan.sources.forEach(({ jitter }, index) => {
      if (jitter !== undefined) wish(jitter.wish, inForce(sources[index]?.name ?? NOBODY))
    })
  }

  return {
    follow,
    seat(slot, name) {
      names[slot] = name ?? NOBODY
      follow()
    },
  }
}
