/**
 * Units of the engine and their only conversions. Imports nothing.
 *
 * A branded number says its unit at a module's border; inside a loop plain `number` is used.
 * Thread: any      Realtime: wait-free, allocates nothing
 */

declare const unit: unique symbol
type Unit<Name extends string> = number & { readonly [unit]: Name }

export type Hz = Unit<"Hz">
export type Ms = Unit<"Ms">
export type Us = Unit<"Us">
export type Frames = Unit<"Frames">
export type Db = Unit<"Db">
export type Ppm = Unit<"Ppm">

export const hz = (value: number): Hz => value as Hz
export const ms = (value: number): Ms => value as Ms
export const us = (value: number): Us => value as Us
export const frames = (value: number): Frames => value as Frames
export const db = (value: number): Db => value as Db

/** Decibels to a linear factor; -Infinity gives 0. */
export const dbToGain = (valueDb: number): number => (valueDb <= -144 ? 0 : Math.pow(10, valueDb / 20))

/** Linear factor to decibels; 0 gives -Infinity. */
export const gainToDb = (gain: number): number => (gain > 0 ? 20 * Math.log10(gain) : -Infinity)

export const msToFrames = (valueMs: number, rateHz: number): number => Math.round((valueMs * rateHz) / 1000)
export const framesToMs = (frameCount: number, rateHz: number): number => (frameCount * 1000) / rateHz
export const framesToUs = (frameCount: number, rateHz: number): number => (frameCount * 1e6) / rateHz
export const usToFrames = (valueUs: number, rateHz: number): number => (valueUs * rateHz) / 1e6

/**
 * Pan position to the gains of the two sides: constant power, 0 dB in the centre, so that a centred strip is bit-exact.
 * pan      -1 (left) .. 1 (right)
 * Returns  factor of the left side; call with -pan for the right
 */
export const panGain = (pan: number): number =>
  pan === 0 ? 1 : Math.SQRT2 * Math.cos(((Math.min(1, Math.max(-1, pan)) + 1) * Math.PI) / 4)
