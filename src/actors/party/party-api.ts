/** The face of a running party, for the library, the command line and later the web. */
import type { Observable } from "rxjs"
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"

export interface RunOptions {
  /** Where relative paths of sources start, usually the preset's own folder. Default: the working directory. */
  readonly baseDir?: string
  /** Where recordings, output files and the log go. Default: the working directory. */
  readonly workDir?: string
  /** Interval of the statistics, ms. Default 100. */
  readonly statsMs?: number
  /** Writes down what the jitter buffers are given and do, for `wifi-party replay`. */
  readonly trace?: TraceOptions
}

export interface TraceOptions {
  /** The file; where there is one already, the next name that is free: "party (2).trace". Relative to `workDir`. */
  readonly path: string
  /** Keeps only so much of the end, ms. */
  readonly lastMs?: number
}

export interface Party {
  readonly name: string
  /** Hot, with the latest hundred replayed, so that nothing of the start is missed. Completes when the party has stopped. */
  readonly events: Observable<PartyEvent>
  /** Hot: a report every `statsMs`. Completes when the party has stopped. */
  readonly stats: Observable<PartyStats>
  /**
   * Changes a value while the party runs; the change is ramped, the delay of a jitter buffer changes unheard.
   * path   mix.strips.NAME.gain | pan | mute | solo | sends.BUS | inserts[0].PARAM, mix.buses.BUS.gain | inserts[0].PARAM,
   *        mix.master.gain | inserts[0].PARAM, jitter.policy | delay | min | max, mix.strips.NAME.jitter.policy | delay | min | max
   * value  as in the preset: "-3dB", 0.5, true; a plain number is in the parameter's own unit. A strip's jitter.policy "party" takes
   *        back what the strip has of its own
   * Fails  PresetError
   */
  set(path: string, value: string | number | boolean): void
  /** SDP of each stream that is sent, one text a stream. */
  sdp(): readonly string[]
  /** Stops cleanly: fades, finishes recordings, says BYE, ends every thread. Safe to call twice. */
  stop(): Promise<void>
  /** Resolves when the party has stopped; rejects when it had to give up. */
  readonly finished: Promise<void>
}
