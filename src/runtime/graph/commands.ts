/**
 * What the control thread tells the mixer, as records of six numbers for the event ring. Encoders here; the desk and the renderer
 * decode. Every command says a whole new value, so that sending one twice does no harm.
 *
 * A strip's number is its index in the plan. A seat has one too, whoever sits in it or nobody: see seatNumber.
 *
 * Thread: control      Realtime: encoders are wait-free and allocate nothing
 */
import type { EventWriter } from "../ring/event-ring.ts"
import type { MixPlan } from "./plan.ts"

/** First number of a record. The others are named by the encoders below, in their order. */
export const MixOp = {
  stripGain: 1, stripPan: 2, stripMute: 3, stripSolo: 4, stripSend: 5, busGain: 6, masterGain: 7, param: 8, bind: 9, fade: 10,
} as const

/** How many numbers after the op say what the command is about; the rest say the new value. */
export const subjectCounts: Readonly<Record<number, number>> = {
  [MixOp.stripGain]: 1, [MixOp.stripPan]: 1, [MixOp.stripMute]: 1, [MixOp.stripSolo]: 1, [MixOp.stripSend]: 2,
  [MixOp.busGain]: 1, [MixOp.masterGain]: 0, [MixOp.param]: 3, [MixOp.bind]: 1, [MixOp.fade]: 0,
}

/** The number by which strip commands address a seat. */
export const seatNumber = (plan: MixPlan, seat: number): number => plan.strips.length + seat

/** gain  linear. All encoders return false when the ring is full. */
export const pushStripGain = (writer: EventWriter, strip: number, gain: number): boolean =>
  writer.push(MixOp.stripGain, strip, gain, 0, 0, 0)

/** pan  -1..1 */
export const pushStripPan = (writer: EventWriter, strip: number, pan: number): boolean =>
  writer.push(MixOp.stripPan, strip, pan, 0, 0, 0)

export const pushStripMute = (writer: EventWriter, strip: number, mute: boolean): boolean =>
  writer.push(MixOp.stripMute, strip, mute ? 1 : 0, 0, 0, 0)

export const pushStripSolo = (writer: EventWriter, strip: number, solo: boolean): boolean =>
  writer.push(MixOp.stripSolo, strip, solo ? 1 : 0, 0, 0, 0)

/** level  linear, after the fader */
export const pushStripSend = (writer: EventWriter, strip: number, bus: number, level: number): boolean =>
  writer.push(MixOp.stripSend, strip, bus, level, 0, 0)

export const pushBusGain = (writer: EventWriter, bus: number, gain: number): boolean => writer.push(MixOp.busGain, bus, gain, 0, 0, 0)

export const pushMasterGain = (writer: EventWriter, gain: number): boolean => writer.push(MixOp.masterGain, gain, 0, 0, 0, 0)

/** value  in the parameter's own unit; a choice's index; 0 or 1 for a switch */
export const pushParam = (writer: EventWriter, chain: number, slot: number, param: number, value: number): boolean =>
  writer.push(MixOp.param, chain, slot, param, value, 0)

/** Gives a peer's strip a seat's chain and controls, or (seat -1) those of "*", afresh. */
export const pushBind = (writer: EventWriter, strip: number, seat: number): boolean => writer.push(MixOp.bind, strip, seat, 0, 0, 0)

/** Takes the master to silence; for a clean stop. */
export const pushFadeOut = (writer: EventWriter, overMs: number): boolean => writer.push(MixOp.fade, 0, overMs, 0, 0, 0)

export const pushFadeIn = (writer: EventWriter, overMs: number): boolean => writer.push(MixOp.fade, 1, overMs, 0, 0, 0)
