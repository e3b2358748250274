/** Ends a party's threads in an order in which nothing is lost: first what brings audio in, last what writes it down. */
import { waitFor } from "xstate"
import type { Role } from "../thread/boot.ts"
import type { SupervisedRef } from "./party.machine.ts"

const ORDER: readonly (readonly Role[])[] = [["playback"], ["mixer"], ["capture", "sender", "receiver", "jitter", "tap"], ["trace"]]
const DEADLINE_MS = 6000

export async function endAll(threads: Readonly<Record<string, SupervisedRef>>, roleOf: (id: string) => Role): Promise<void> {
  for (const roles of ORDER) {
    await Promise.all(Object.entries(threads)
      .filter(([id]) => roles.includes(roleOf(id)))
      .map(([, thread]) => {
        thread.send({ type: "STOP" })
        return waitFor(thread, (snapshot) => snapshot.status !== "active", { timeout: DEADLINE_MS }).catch(() => {})
      }))
  }
}
