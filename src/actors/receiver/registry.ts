/**
 * Who is who: the name that each SSRC gave itself, and the address that its reports come from. The first address to speak for a
 * stream is believed; what another one says of it (its name, its goodbye) is not.
 *
 * No I/O, no clock. Thread: net      Realtime: no; reports are few, and the table is bounded
 * Source   RFC 3550 6.5 (names), 8.2 (a second address with the same SSRC)
 */

export interface Entry {
  readonly address: string
  readonly port: number
  readonly name: string
  readonly cname: string
}

export interface Registry {
  find(ssrc: number): Entry | undefined
  /** Takes a note; returns whether the name is a new one. A stream that gives no NAME goes by its CNAME until it does. */
  note(ssrc: number, from: { readonly address: string; readonly port: number }, items: { readonly name?: string; readonly cname?: string }): boolean
  forget(ssrc: number): void
}

const MOST_ENTRIES = 128

/** isSeated   whether an SSRC has a slot: such a one is kept, however many others come */
export function createRegistry(isSeated: (ssrc: number) => boolean): Registry {
  const entries = new Map<number, Entry>()

  const makeRoom = (): void => {
    for (const ssrc of entries.keys()) {
      if (entries.size < MOST_ENTRIES) return
      if (!isSeated(ssrc)) entries.delete(ssrc)
    }
  }

  return {
    find: (ssrc) => entries.get(ssrc),
    note(ssrc, { address, port }, { name, cname }) {
      const before = entries.get(ssrc)
      if (before === undefined) makeRoom()
      const shown = name === undefined || name === "" ? before?.name ?? cname ?? "" : name
      entries.set(ssrc, { address, port, name: shown, cname: cname ?? before?.cname ?? shown })
      return shown !== "" && shown !== before?.name
    },
    forget: (ssrc) => void entries.delete(ssrc),
  }
}
