/** A thread with a sound device: opens it through the backend that the party uses, and says what becomes of it. */
import { fromCallback, fromPromise } from "xstate"
import { messageOf, ResourceError } from "../../runtime/errors.ts"
import { chooseBackend } from "../../runtime/io/device/choose.ts"
import type { DeviceBackend, OpenDevice } from "../../runtime/io/device/device.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { DeviceSaid } from "../playback/spec.ts"
import { tellMain } from "./boot.ts"
import { deviceMachine, type DeviceEvent } from "./device.machine.ts"
import { runEventedThread } from "./evented-thread.ts"

export interface DeviceThreadOptions {
  readonly words: ThreadWords
  readonly backend: "auto" | "naudiodon" | "pulse"
  readonly open: (backend: DeviceBackend, onLost: (reason: string) => void) => Promise<OpenDevice>
  /** Twice a second while the device runs. */
  readonly watch: (device: OpenDevice) => void
  readonly gone: () => void
}

const WATCH_MS = 500

export function runDeviceThread(options: DeviceThreadOptions): void {
  const say = (what: DeviceSaid): void => tellMain({ kind: "said", what })
  let device: OpenDevice | undefined
  let lost: ((reason: string) => void) | undefined
  let lostBefore: string | undefined
  let missingSaid = ""

  const open = async (): Promise<void> => {
    lostBefore = undefined
    const { backend, why } = await chooseBackend(options.backend)
    device = await options.open(backend, (reason) => {
      lostBefore = reason
      lost?.(reason)
    })
    missingSaid = ""
    say({ what: "opened", name: device.info.name, backend: backend.id, why, latencyMs: device.latencyMs() })
  }

  const close = async (): Promise<void> => {
    const closing = device
    device = undefined
    await closing?.close()
  }

  const stream = fromCallback<DeviceEvent>(({ sendBack }) => {
    lost = (reason) => sendBack({ type: "DEVICE.LOST", reason })
    if (lostBefore !== undefined) lost(lostBefore)
    const watch = setInterval(() => device !== undefined && options.watch(device), WATCH_MS)
    return () => {
      clearInterval(watch)
      lost = undefined
      options.gone()
    }
  })

  runEventedThread(options.words, deviceMachine.provide({
    actors: { open: fromPromise(open), stream, close: fromPromise(close) },
    actions: {
      lost: (_, { reason }) => {
        say({ what: "lost", reason })
        void close().catch(() => {})
      },
      missing: (_, { error }) => {
        const reason = messageOf(error)
        if (reason === missingSaid) return
        missingSaid = reason
        say({ what: "missing", reason, hint: error instanceof ResourceError ? error.hint : "" })
      },
    },
  }), { quit: close })
}
