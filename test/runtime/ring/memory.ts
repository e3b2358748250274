/** Shared memory for rings, and where the wraps of their counters are. */

export const makeMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true })

/** Beside address 0, so that an address mistaken for an offset shows. */
export const AT = 4096

/** Counts at which int32 counters are about to wrap, or to come back to 0, or do neither. */
export const STARTS = [0, 2 ** 31 - 8, -8, 123_456] as const
