/** Which backend a party uses. */
import { ResourceError } from "../../errors.ts"
import type { BackendId, DeviceBackend } from "./device.ts"
import { createNaudiodonBackend } from "./naudiodon.ts"
import { createPulseBackend } from "./pulse.ts"

export interface Choice {
  readonly backend: DeviceBackend
  /** A sentence for people. */
  readonly why: string
}

/** The faster first: what `auto` tries, in order. */
export const createBackends = (): readonly DeviceBackend[] => [createPulseBackend(), createNaudiodonBackend()]

const reasons: Readonly<Record<BackendId, string>> = {
  pulse: "the sound server answers, and its own clients are the fastest way to it",
  naudiodon: "no sound server answers through its own clients",
}

/** Why `auto` takes this backend. */
export const reasonFor = (id: BackendId): string =>
  id === "naudiodon" && process.platform !== "linux" ? `it is the way to the devices of ${process.platform}` : reasons[id]

/**
 * "auto" takes the first that works; a named one is taken as it is, if it works.
 * Fails  ResourceError, when none works
 */
export const chooseBackend = async (wanted: "auto" | BackendId, backends: readonly DeviceBackend[] = createBackends()): Promise<Choice> => {
  const problems: string[] = []
  const hints: string[] = []
  for (const backend of backends) {
    if (wanted !== "auto" && backend.id !== wanted) continue
    const { works, detail, hint } = await backend.probe()
    if (works) return { backend, why: wanted === "auto" ? `${backend.id}: ${reasonFor(backend.id)}` : `${backend.id}: the preset asks for it` }
    problems.push(`${backend.id}: ${detail}`)
    if (hint !== undefined) hints.push(hint)
  }
  throw new ResourceError(`no audio backend works (${problems.join("; ")})`, hints.join(". ") || "Use an output with null: true")
}
