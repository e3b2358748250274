import type { Endpoint } from "../../runtime/preset/preset.ts"

/** What the receiver is told at birth. */
export interface ReceiverSpec {
  readonly listen: Endpoint
  readonly interface: string
  readonly loopback: boolean
  readonly lingerUs: number
  readonly cname: string
}

/** What the receiver says to the main thread: who is in the room. */
export type ReceiverSaid =
  | { readonly what: "joined"; readonly slot: number; readonly ssrc: number; readonly address: string; readonly format: string }
  | { readonly what: "named"; readonly slot: number; readonly name: string; readonly cname: string }
  | { readonly what: "left"; readonly slot: number; readonly reason: string; readonly silent: boolean }
  | { readonly what: "refused"; readonly ssrc: number; readonly address: string; readonly reason: string }
  | { readonly what: "listening"; readonly address: string }
  | { readonly what: "trouble"; readonly text: string }
