/** Turns the records of the hot loops' journals into events for people. */
import { FailureCause } from "../../runtime/graph/guard.ts"
import { JournalCode } from "../../runtime/ring/journal.ts"
import type { EventKind } from "../../runtime/report.ts"

export interface JournalNames {
  /** "Ann" or "peer 3", with its address in front where it has one. */
  peer(slot: number): string
  local(index: number): string
  source(index: number): string
  output(index: number): string
  /** Place and plugin of an insert: "Ann: echo". */
  insert(chain: number, slot: number): string
}

export interface Told {
  readonly kind: EventKind
  readonly subject: string
  readonly text: string
  readonly data?: Readonly<Record<string, number | string | boolean>>
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

const CAUSES: Readonly<Record<number, string>> = {
  [FailureCause.threw]: "it threw an error",
  [FailureCause.notFinite]: "its output was not a number",
  [FailureCause.runaway]: "its output ran away",
  [FailureCause.slow]: "it took too long",
}

/** record   Float64Array[6]: time, code, a, b, c, d */
export function tellJournal(record: Float64Array, names: JournalNames): Told | undefined {
  const [, code, a = 0, b = 0, c = 0] = record
  switch (code) {
    case JournalCode.peerMissing:
      return { kind: "missing", subject: names.peer(a), text: plural(b, "packet"), data: { packets: b } }
    case JournalCode.peerRepeated:
      return { kind: "repeated", subject: names.peer(a), text: plural(b, "packet"), data: { packets: b } }
    case JournalCode.peerOutOfOrder:
      return { kind: "out of order", subject: names.peer(a), text: plural(b, "packet"), data: { packets: b } }
    case JournalCode.peerLate:
      return { kind: "late", subject: names.peer(a), text: plural(b, "packet"), data: { packets: b } }
    case JournalCode.peerSlip:
      return { kind: "slip", subject: names.peer(a), text: "its playout was moved to where it is due" }
    case JournalCode.peerReset:
      return { kind: "stream reset", subject: names.peer(a), text: "its timeline jumped and is followed anew" }
    case JournalCode.jitterMissed:
      return { kind: "underrun", subject: "mixer", text: "a jitter thread did not answer in time" }
    case JournalCode.localUnderrun:
      return { kind: "underrun", subject: names.local(a), text: plural(b, "block"), data: { blocks: b } }
    case JournalCode.localSlip:
      return { kind: "slip", subject: names.local(a), text: "its playout was moved to where it is due" }
    case JournalCode.freeRunning:
      return { kind: "notice", subject: "mixer", text: a === 1 ? "nobody plays: mixing goes on by its own clock" : "playback has the clock again" }
    case JournalCode.pluginBypassed:
      return { kind: "plugin bypassed", subject: names.insert(a, b), text: CAUSES[c] ?? "it failed", data: { cause: c } }
    case JournalCode.pluginAbandoned:
      return { kind: "plugin bypassed", subject: names.insert(a, b), text: `${CAUSES[c] ?? "it failed"}, too often: it stays out`, data: { cause: c } }
    case JournalCode.pluginRestored:
      return { kind: "plugin restored", subject: names.insert(a, b), text: "it runs again" }
    case JournalCode.outputUnderrun:
      return { kind: "underrun", subject: names.output(a), text: plural(b, "block"), data: { blocks: b } }
    case JournalCode.outputDropped:
      return { kind: "overrun", subject: names.output(a), text: plural(b, "block"), data: { blocks: b } }
    case JournalCode.xrun:
      return { kind: "xrun", subject: a < 0 ? names.source(-1 - a) : names.output(a), text: "the device ran dry or over" }
    case JournalCode.sourceEnded:
      return { kind: "source ended", subject: names.source(a), text: "played to its end" }
    case JournalCode.malformed:
      return { kind: "malformed", subject: "network", text: `${plural(a, "datagram")} dropped`, data: { datagrams: a } }
    case JournalCode.refused:
      return { kind: "flood", subject: "network", text: `${plural(a, "packet")} of streams without a place dropped`, data: { packets: a } }
    case JournalCode.ringFull:
      return { kind: "overrun", subject: "network", text: `${plural(a, "packet")} found no room`, data: { packets: a } }
    default:
      return undefined
  }
}
