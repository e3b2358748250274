/**
 * Remembers what was told to the mixer, so that a replaced mixer thread can be told again: the last record about each subject, in
 * the order in which they were last said (a fader moved before its strip took another seat is taken back by that, again).
 *
 * Thread: control      Realtime: no
 */
import type { EventWriter } from "../ring/event-ring.ts"
import { EVENT_FIELDS } from "../ring/event-ring.ts"
import { MixOp, subjectCounts } from "./commands.ts"

export interface Ledger extends EventWriter {
  /** Sends everything again, to the same ring; false when the ring filled up before the end. */
  replay(): boolean
}

/** Wraps the writing end of the command ring. */
export function createLedger(writer: EventWriter): Ledger {
  const records = new Map<string, readonly number[]>()
  const send = (record: readonly number[]): boolean => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = record
    return writer.push(a, b, c, d, e, f)
  }
  return {
    push(...record) {
      if (!send(record)) return false
      const [op] = record
      if (op === MixOp.fade) return true
      const subject = record.slice(0, 1 + (subjectCounts[op] ?? EVENT_FIELDS - 1)).join(" ")
      records.delete(subject)
      records.set(subject, record)
      return true
    },
    replay: () => [...records.values()].every(send),
  }
}
