/**
 * The small interface behind which sound devices sit. Two backends: naudiodon (PortAudio) everywhere, and PulseAudio's or
 * PipeWire's own clients as child processes on Linux.
 *
 * All audio here is interleaved float32 at the session's rate, in blocks of exactly `blockFrames`; a backend whose device
 * runs at another rate resamples at its edge.
 * Thread: one with an event loop. Opening and closing is serialised over the whole process.
 */

export type BackendId = "naudiodon" | "pulse"

export interface DeviceInfo {
  readonly backend: BackendId
  /** Stable name to put into a preset. */
  readonly id: string
  /** For people. */
  readonly name: string
  readonly direction: "input" | "output"
  readonly channelCount: number
  readonly rateHz: number
  readonly isDefault: boolean
}

export interface OpenOptions {
  /** "default", or a device's id or name (exact, then case-insensitive, then unique part). */
  readonly device: string
  readonly rateHz: number
  readonly channelCount: number
  readonly blockFrames: number
  /** The device is gone; called once, after which the device is closed. */
  readonly onLost: (reason: string) => void
  /** The device reports that it ran dry or over. */
  readonly onXrun: () => void
}

export interface InputOptions extends OpenOptions {
  /** interleaved   Float32Array[blockFrames * channelCount], valid only during the call */
  readonly onBlock: (interleaved: Float32Array) => void
}

export interface OutputOptions extends OpenOptions {
  /** Called when there is room for one block; must fill all of `interleaved` before it returns. */
  readonly fill: (interleaved: Float32Array) => void
}

export interface OpenDevice {
  readonly info: DeviceInfo
  /** What the device layer adds, as far as it tells, ms. */
  latencyMs(): number
  /** Quits cleanly; safe to call twice and after a loss. */
  close(): Promise<void>
}

export interface DeviceBackend {
  readonly id: BackendId
  /** Whether it can be used here, and if not, why and what to do. */
  probe(): Promise<{ readonly works: boolean; readonly detail: string; readonly hint?: string }>
  list(): Promise<readonly DeviceInfo[]>
  /** Fails  ResourceError, with the devices that there are in its hint */
  openInput(options: InputOptions): Promise<OpenDevice>
  openOutput(options: OutputOptions): Promise<OpenDevice>
}
