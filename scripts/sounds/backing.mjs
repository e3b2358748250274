/** The backing track: drums, bass, electric piano, plucked strings and pad, with a room, mixed to stereo. */
import { bass, hat, kick, pad, piano, pluck, snare } from "./instruments.mjs"
import { barCount, beatFrames, beatsPerBar, chords, frameCount } from "./song.mjs"

const barFrames = beatFrames * beatsPerBar
const createBus = () => ({ left: new Float32Array(frameCount), right: new Float32Array(frameCount) })

const drums = (dry, room) => {
  for (let bar = 0; bar < barCount; bar++) {
    const at = (beat) => Math.round(bar * barFrames + beat * beatFrames)
    const chorus = bar >= 8
    for (const beat of chorus ? [0, 1.5, 2, 3.5] : [0, 1.5, 2.5]) kick(dry, at(beat), beat === 0 ? 0.95 : 0.8)
    for (const beat of [1, 3]) {
      snare(dry, at(beat), 0.55, 100 + bar * 8 + beat)
      snare(room, at(beat), 0.3, 100 + bar * 8 + beat)
    }
    // A fill leads into each group of four bars.
    if (bar % 4 === 3) for (const beat of [3.5, 3.75]) snare(dry, at(beat), 0.3 + 0.2 * (beat - 3.5), 700 + bar * 8 + beat * 4)
    for (let eighth = 0; eighth < 8; eighth++) {
      const open = eighth === 7 && bar % 2 === 1
      hat(dry, at(eighth / 2), eighth % 2 === 0 ? 0.3 : 0.2, open ? 0.28 : 0.055, 0.3, 900 + bar * 16 + eighth)
      if (chorus) hat(dry, at(eighth / 2 + 0.25), 0.1, 0.04, -0.4, 1300 + bar * 16 + eighth)
    }
  }
}

const bassLine = (dry) => {
  for (const chord of chords) {
    const beats = chord.lengthFrames / beatFrames
    const pattern = beats === 4 ? [[0, 1.4, 0], [1.5, 0.9, 0], [2.5, 0.45, 12], [3, 0.45, 7], [3.5, 0.45, 0]] : [[0, 1.4, 0], [1.5, 0.45, 0]]
    for (const [beat, length, step] of pattern) bass(dry, chord.startFrame + beat * beatFrames, length * beatFrames, chord.bass + step, 0.27)
  }
}

const keys = (dry, room) => {
  for (const chord of chords) {
    chord.notes.forEach((midi, voice) => {
      const pan = -0.35 + 0.2 * voice
      const beats = chord.lengthFrames / beatFrames
      for (const [beat, length, level] of beats === 4 ? [[0, 1.4, 0.13], [1.5, 1.3, 0.1], [3, 0.9, 0.1]] : [[0, 1.4, 0.13], [1.5, 0.45, 0.09]]) {
        // Fingers do not fall all at once.
        const startFrame = Math.round(chord.startFrame + beat * beatFrames) + voice * 230
        piano(dry, startFrame, length * beatFrames, midi, level, pan)
        piano(room, startFrame, length * beatFrames, midi, level * 0.25, -pan)
      }
      pad(dry, chord.startFrame, chord.lengthFrames, midi, chord.bar >= 8 ? 0.035 : 0.024)
      pad(room, chord.startFrame, chord.lengthFrames, midi, 0.016)
    })
  }
}

const strings = (dry, room) => {
  const order = [0, 2, 1, 3, 2, 1, 3, 2]
  for (const chord of chords) {
    if (chord.bar < 4) continue
    for (let eighth = 0; eighth < (chord.lengthFrames / beatFrames) * 2; eighth++) {
      const midi = chord.notes[order[eighth % 8]] + 12
      const startFrame = Math.round(chord.startFrame + (eighth * beatFrames) / 2)
      const level = (eighth % 2 === 0 ? 0.2 : 0.15) * (chord.bar < 8 ? 0.7 : 1)
      pluck(dry, startFrame, 0.9, midi, level, 0.55, 2000 + chord.bar * 16 + eighth)
      pluck(room, startFrame, 0.9, midi, level * 0.4, -0.3, 2000 + chord.bar * 16 + eighth)
    }
  }
}

/** Delays in frames, mutually prime. */
const combs = [1687, 1933, 2053, 2251, 2399, 2617]
const diffusers = [347, 113]

/** A small room on one side: parallel combs with damping, then two all-passes. The loop is run through it twice, so that it closes. */
const addRoom = (input, output, spread, level) => {
  const lines = combs.map((length) => ({ line: new Float32Array(length + spread), at: 0, damped: 0 }))
  const passes = diffusers.map((length) => ({ line: new Float32Array(length + spread), at: 0 }))
  const warmUp = Math.min(input.length, 96_000)
  for (let i = -warmUp; i < input.length; i++) {
    const x = input[i < 0 ? i + input.length : i]
    let y = 0
    for (const comb of lines) {
      const value = comb.line[comb.at]
      comb.damped += 0.6 * (value - comb.damped)
      comb.line[comb.at] = x + 0.83 * comb.damped
      if (++comb.at === comb.line.length) comb.at = 0
      y += value
    }
    for (const pass of passes) {
      const value = pass.line[pass.at]
      const fed = y + 0.6 * value
      pass.line[pass.at] = fed
      y = value - 0.6 * fed
      if (++pass.at === pass.line.length) pass.at = 0
    }
    if (i >= 0) output[i] += level * y
  }
}

/** Rounds peaks off above half scale; never reaches `ceiling`. */
const soften = (samples, drive, ceiling) => {
  const knee = 0.5
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i] * drive
    const size = Math.abs(value)
    const rounded = size <= knee ? size : knee + (ceiling - knee) * Math.tanh((size - knee) / (ceiling - knee))
    samples[i] = value < 0 ? -rounded : rounded
  }
}

/** Returns [left, right], peaks under -1.4 dBFS. */
export const renderBacking = () => {
  const dry = createBus()
  const room = createBus()
  drums(dry, room)
  bassLine(dry)
  keys(dry, room)
  strings(dry, room)
  addRoom(room.left, dry.left, 0, 0.12)
  addRoom(room.right, dry.right, 23, 0.12)
  for (const samples of [dry.left, dry.right]) {
    // Takes the mean out (kick and bass leave one), so that the loop has no DC.
    let mean = 0
    for (const sample of samples) mean += sample / samples.length
    for (let i = 0; i < samples.length; i++) samples[i] -= mean
    soften(samples, 1, 0.85)
  }
  return [dry.left, dry.right]
}
