import type { Endpoint } from "../../runtime/preset/preset.ts"

/** What the sender is told at birth. */
export interface SenderSpec {
  readonly party: string
  readonly cname: string
  readonly interface: string
  readonly ttl: number
  readonly codec: "l16" | "l24"
  readonly packetFrames: number
  readonly announce: boolean
  readonly destinations: readonly Endpoint[]
  /** Index into the plan. */
  readonly sources: readonly { readonly index: number; readonly name: string }[]
}

/** What the sender says to the main thread. */
export type SenderSaid =
  | { readonly what: "streams"; readonly streams: readonly { readonly source: number; readonly ssrc: number; readonly sdp: readonly string[] }[] }
  | { readonly what: "trouble"; readonly subject: string; readonly text: string }
