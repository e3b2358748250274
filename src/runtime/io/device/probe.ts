/** What sound devices there are here, for people: the command line's `devices` and `doctor`. */
import { messageOf } from "../../errors.ts"
import { createBackends, reasonFor } from "./choose.ts"
import type { BackendId, DeviceBackend, DeviceInfo } from "./device.ts"

export interface BackendState {
  readonly id: BackendId
  readonly works: boolean
  readonly detail: string
  readonly hint?: string
}

export interface DeviceProbe {
  readonly backends: readonly BackendState[]
  readonly devices: readonly DeviceInfo[]
  /** What `auto` takes. */
  readonly chosen: BackendId | undefined
  readonly why: string
}

const look = async (backend: DeviceBackend): Promise<{ state: BackendState; devices: readonly DeviceInfo[] }> => {
  const state = await backend.probe()
  if (!state.works) return { state: { id: backend.id, ...state }, devices: [] }
  try {
    return { state: { id: backend.id, ...state }, devices: await backend.list() }
  } catch (error) {
    return { state: { id: backend.id, works: false, detail: messageOf(error) }, devices: [] }
  }
}

/**
 * Asks every backend. Everything native runs in processes of its own: none of it can print here, hang or crash this one.
 * Takes about 0.3 s, at worst some seconds; never fails.
 * backends  in the order of `auto`
 */
export const probeDevices = async (backends: readonly DeviceBackend[] = createBackends()): Promise<DeviceProbe> => {
  const looks = await Promise.all(backends.map(look))
  const chosen = looks.find(({ state }) => state.works)?.state.id
  return {
    backends: looks.map(({ state }) => state),
    devices: looks.flatMap(({ devices }) => devices),
    chosen,
    why: chosen === undefined ? "no audio backend works, so the virtual clock plays to nobody" : reasonFor(chosen),
  }
}
