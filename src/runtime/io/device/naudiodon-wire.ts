/**
 * What passes between naudiodon.ts and its child process, as JSON over fork's channel. Audio goes over a socket of its own
 * (descriptor 4): captured blocks up; for playback blocks down, and up a byte for each block that there is room for.
 */
import type { DeviceInfo } from "./device.ts"

export const audioDescriptor = 4

export type NaudiodonRequest =
  | { readonly kind: "list" }
  | {
    readonly kind: "open"
    readonly direction: DeviceInfo["direction"]
    readonly device: string
    /** The session's: opened so where the device can, else at the device's own. */
    readonly rateHz: number
    readonly channelCount: number
    readonly blockFrames: number
  }

export type NaudiodonReply =
  | { readonly kind: "listed"; readonly devices: readonly DeviceInfo[]; readonly hostApis: readonly string[] }
  | { readonly kind: "opened"; readonly info: DeviceInfo; readonly rateHz: number; readonly channelCount: number; readonly blockFrames: number }
  | { readonly kind: "xrun" }
  | { readonly kind: "failed"; readonly message: string; readonly hint: string }

/** Blocks that wait between the child and the device: two in naudiodon's queue, one on its way there. */
export const roomAtStart = 3
