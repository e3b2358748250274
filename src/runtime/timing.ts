/** Times that several threads must agree on. Imports nothing. */

/**
 * How long the mixer waits for a block to be wanted before it goes on by its own clock, us. A playback that was away for less
 * makes up for the blocks it missed; one that was away for longer knows that they were mixed (and recorded) without it.
 */
export const graceUs = (blockUs: number): number => Math.max(32_000, 12 * blockUs)

/** Before a source that is sent begins, silence for this long, so that every receiver has settled on its timeline, ms. */
export const PREROLL_MS = 500
