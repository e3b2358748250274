/**
 * The trace of a party in the main thread: its file is begun here, so that one that cannot be written is told at the start; who has which
 * slot is told from here.
 *
 * Thread: main      Realtime: no
 */
import { resolve } from "node:path"
import type { ActorRefFrom } from "xstate"
import { PeerStats } from "../../runtime/arena/pages.ts"
import { beginTrace } from "../../runtime/io/trace-files.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import { encodeHeader } from "../../runtime/trace/encode.ts"
import { TRACE_FORMAT, type TraceHeader, type TraceName } from "../../runtime/trace/format.ts"
import { programVersion } from "../../runtime/io/package-root.ts"
import { slotsOfThread } from "../jitter/slots.ts"
import type { TraceThreadSpec, TraceTold } from "../trace/spec.ts"
import type { Blueprint } from "./blueprint.ts"
import type { TraceOptions } from "./party-api.ts"
import type { roomMachine, RoomPeer } from "./room.machine.ts"

export interface PartyTrace {
  /** What its thread is told at birth; names grow. */
  readonly spec: Omit<TraceThreadSpec, "resume">
  /** Tells who has a slot, now and whenever it changes. */
  follow(room: ActorRefFrom<typeof roomMachine>, tell: (told: TraceTold) => void): void
}

/** Fails  ResourceError: the file cannot be written */
export function beginPartyTrace({ path, lastMs }: TraceOptions, blueprint: Blueprint, wallOffsetUs: number): PartyTrace {
  const { preset, plan, jitterThreads, workDir } = blueprint
  const header: TraceHeader = {
    format: TRACE_FORMAT, program: programVersion(), node: process.version, v8: process.versions.v8, party: preset.party,
    rateHz: plan.rateHz, blockFrames: plan.blockFrames, wallOffsetUs,
    threads: Array.from({ length: jitterThreads }, (_, i) => slotsOfThread(plan.peers.length, jitterThreads, i)),
    jitterStats: Object.keys(JitterStats), peerStats: Object.keys(PeerStats), ...(lastMs !== undefined && { lastMs }),
  }
  const names: TraceName[] = []

  return {
    spec: { path: beginTrace(resolve(workDir, path), encodeHeader(header), lastMs !== undefined), header, names },
    follow(room, tell) {
      const note = ({ slot, ssrc, name, address, format }: RoomPeer): void => {
        const told = { slot, ssrc, name, address, format }
        const at = names.findIndex((each) => each.slot === slot)
        names.splice(at < 0 ? names.length : at, 1, told)
        tell({ name: told })
      }
      room.on("JOINED", ({ peer }) => note(peer))
      room.on("NAMED", ({ peer }) => note(peer))
    },
  }
}
