/** What threads say about themselves, turned into events and into what the party remembers of them. */
import type { RecordingStats } from "../../runtime/report.ts"
import type { TapResume } from "../../runtime/graph/plugin.ts"
import type { DeviceSaid } from "../playback/spec.ts"
import type { ReceiverSaid } from "../receiver/spec.ts"
import type { SenderSaid } from "../sender/spec.ts"
import type { TapSaid } from "../tap/spec.ts"
import type { TraceSaid } from "../trace/spec.ts"
import type { Newsroom } from "./newsroom.ts"
import type { RoomEvent } from "./room.machine.ts"
import { writeSdpFiles } from "./sdp-file.ts"

export interface Memories {
  /** By tap. */
  readonly resumes: TapResume[]
  readonly recordings: Map<number, RecordingStats>
  sdp: readonly string[]
}

export interface HearsayOptions {
  readonly news: Newsroom
  readonly room: (event: RoomEvent) => void
  readonly memories: Memories
  /** The device's name in the preset, by thread. */
  readonly deviceName: (thread: string) => string
  /** Where the descriptions of what is sent are written; undefined: nowhere. */
  readonly sdpPath: string | undefined
}

export function createHearsay(options: HearsayOptions): (thread: string, said: unknown) => void {
  const { news, room, memories } = options

  const hearReceiver = (said: ReceiverSaid): void => {
    switch (said.what) {
      case "joined": return room({ type: "JOINED", slot: said.slot, ssrc: said.ssrc, address: said.address, format: said.format })
      case "named": return room({ type: "NAMED", slot: said.slot, name: said.name })
      case "left": return room({ type: "LEFT", slot: said.slot, reason: said.reason, silent: said.silent })
      case "refused": return news.tell("stream refused", said.address, `stream ${said.ssrc}: ${said.reason}`, { ssrc: said.ssrc })
      case "listening": return news.tell("notice", "receiver", `listening on ${said.address}`)
      case "trouble": return news.tell("notice", "receiver", said.text)
    }
  }

  const hearSender = (said: SenderSaid): void => {
    if (said.what === "trouble") return news.tell("notice", said.subject, said.text)
    memories.sdp = said.streams.flatMap((stream) => stream.sdp)
    void writeSdpFiles(options.sdpPath, memories.sdp, news)
  }

  const hearTap = (said: TapSaid): void => {
    if (said.what === "resume") memories.resumes[said.index] = said.resume
    else if (said.what === "report") news.tell(said.kind, said.text, "")
    else if (said.path !== "") {
      memories.recordings.set(said.index, { path: said.path, strip: said.place, state: said.state, seconds: said.seconds })
    }
  }

  const hearTrace = (said: TraceSaid): void => {
    if (said.what === "stopped") news.tell("trace stopped", said.path, "")
    else if (said.what === "failed") news.tell("trace failed", said.path, `${said.reason}; it ends here, the party goes on`)
    else news.tell("trace gap", "trace", `the disk was too slow: ${said.records} records left out, it begins anew`, { records: said.records })
  }

  const hearDevice = (thread: string, said: DeviceSaid): void => {
    const name = options.deviceName(thread)
    if (said.what === "opened") {
      news.tell("device opened", name, `${said.name} (${said.why}), ${said.latencyMs.toFixed(1)} ms`, { backend: said.backend })
    } else if (said.what === "lost") news.tell("device lost", name, `${said.reason}; it is tried again, the party goes on`)
    else news.tell("device missing", name, [`${said.reason}; the party goes on without it`, said.hint].filter((part) => part !== "").join(". "))
  }

  return (thread, said) => {
    if (thread === "receiver") hearReceiver(said as ReceiverSaid)
    else if (thread === "sender") hearSender(said as SenderSaid)
    else if (thread === "tap") hearTap(said as TapSaid)
    else if (thread === "trace") hearTrace(said as TraceSaid)
    else hearDevice(thread, said as DeviceSaid)
  }
}
