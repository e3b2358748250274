/** Sources of one capture thread: those on the virtual clock together, each device alone. */
export interface VirtualCaptureSpec {
  /** How much faster than the system's its clock ticks. */
  readonly clockPpm: number
  readonly sender: boolean
  readonly sources: readonly {
    readonly index: number
    readonly gain: number
    readonly prerollFrames: number
    readonly input:
      | { readonly kind: "tone"; readonly hz: number }
      /** Decoded, planar, at the party's rate; in shared memory. */
      | { readonly kind: "file"; readonly channels: readonly SharedArrayBuffer[]; readonly loop: boolean }
  }[]
}

export interface DeviceCaptureSpec {
  readonly index: number
  readonly device: string
  readonly backend: "auto" | "naudiodon" | "pulse"
  readonly gain: number
  readonly sender: boolean
}
