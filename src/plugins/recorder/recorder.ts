/**
 * Recorder: writes what it hears to a WAV file. The file begins with the first block and keeps the party's timeline: where
 * audio is missing it has silence of the same length, and when this thread is replaced it goes on in the same file.
 */
import { definePlugin } from "../../runtime/graph/plugin.ts"
import type { SoundFile, TapContext, TapSink } from "../../runtime/graph/plugin.ts"

export default definePlugin({
  manifest: {
    id: "recorder",
    name: "Recorder",
    version: "1.0.0",
    api: 1,
    kind: "tap",
    doc: "Writes the signal to a sound file.",
    ringSeconds: 5,
    params: {
      path: { type: "text", default: "recordings", doc: "Folder for the files; it is made if need be." },
      format: { type: "choice", choices: ["wav"], default: "wav", doc: "WAV; over 4 GB it becomes RF64 by itself." },
      bits: { type: "choice", choices: ["16", "24", "32"], default: "24", doc: "Bits a sample; 32 is float." },
    },
  },
  openTap: (context) => createRecorder(context),
})

const bitsOf = { "16": 16, "24": 24, "32": 32 } as const

const createRecorder = (context: TapContext): TapSink => {
  const { resume, sampleRate, params } = context
  const bits = bitsOf[String(params["bits"]) as keyof typeof bitsOf]
  let file: SoundFile | undefined
  let state: "recording" | "stopped" | "failed" = "recording"

  const begin = (position: number): SoundFile => {
    const startedAtMs = context.startedAtMs + (position * 1000) / sampleRate
    const stem = `${context.party} - ${context.place} - ${timestamp(startedAtMs)}`
    const path = context.freshPath(String(params["path"]), stem, String(params["format"]))
    const sound = context.openSound({ path, bits, startedAtMs })
    resume.path = path
    resume.startPosition = position
    context.report("recording started", path)
    return sound
  }

  /** The file of the thread before this one; undefined where there is none, or it cannot be continued. */
  const goOn = (): SoundFile | undefined => {
    if (resume.path === "") return undefined
    try {
      return context.openSound({ path: resume.path, bits, append: true })
    } catch {
      return undefined
    }
  }

  const fail = (reason: string): void => {
    state = "failed"
    resume.path = ""
    context.report("recording failed", reason)
  }

  const record = (sound: SoundFile, channels: readonly Float32Array[], frameCount: number, position: number): boolean => {
    const missing = position - resume.startPosition - sound.frameCount
    if (missing > 0 && !sound.appendSilence(missing)) return false
    // A block that overlaps what is written brings only its new part.
    const known = Math.max(0, -missing)
    if (known >= frameCount) return true
    return sound.append(known === 0 ? channels : channels.map((channel) => channel.subarray(known)), frameCount - known)
  }

  return {
    write(channels, frameCount, position) {
      if (state !== "recording") return
      try {
        file ??= goOn() ?? begin(position)
        if (record(file, channels, frameCount, position)) return
        fail(`${file.path}: the disk is full or the file was removed; what was written is kept`)
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error))
      }
    },
    tick() {
      if (state === "recording") file?.flush()
    },
    close() {
      if (state !== "recording") return
      state = "stopped"
      file?.close()
      resume.path = ""
      if (file !== undefined) context.report("recording stopped", file.path)
    },
    status: () => ({ path: file?.path ?? "", state, seconds: (file?.frameCount ?? 0) / sampleRate }),
  }
}

/** Local time, in letters that any file system takes: 2025-11-20 19.30.05 */
const timestamp = (atMs: number): string => {
  const at = new Date(atMs)
  const two = (value: number): string => String(value).padStart(2, "0")
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}.${two(at.getMinutes())}.${two(at.getSeconds())}`
}
