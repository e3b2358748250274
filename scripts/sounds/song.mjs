/**
 * The demo song: twelve bars in C at 90 beats a minute, exactly 32 s, made to be looped.
 * Written out as data; how it is played is in backing.mjs and voice.mjs.
 */

export const rateHz = 48_000
export const beatFrames = 32_000
export const beatsPerBar = 4
export const barCount = 12
export const frameCount = beatFrames * beatsPerBar * barCount

const steps = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }

/** "A4" to its MIDI number, 69. */
export const midiOf = (note) => steps[note[0]] + 12 * (Number(note.at(-1)) + 1)

/** MIDI number to hertz, A4 = 440. */
export const hzOf = (midi) => 440 * 2 ** ((midi - 69) / 12)

/** One row a chord: first bar, first beat, beats, bass note, voicing. */
export const chords = [
  [0, 0, 4, "C2", "G3 C4 E4 D5"],
  [1, 0, 4, "G1", "G3 B3 D4 D5"],
  [2, 0, 4, "A1", "G3 C4 E4 C5"],
  [3, 0, 4, "F1", "A3 C4 E4 C5"],
  [4, 0, 4, "C2", "G3 C4 E4 D5"],
  [5, 0, 4, "B1", "G3 B3 D4 G4"],
  [6, 0, 4, "F1", "A3 C4 F4 G4"],
  [7, 0, 2, "G1", "G3 C4 D4 G4"],
  [7, 2, 2, "G1", "G3 B3 D4 F4"],
  [8, 0, 4, "F1", "A3 C4 E4 C5"],
  [9, 0, 4, "G1", "G3 B3 D4 D5"],
  [10, 0, 4, "A1", "A3 C4 E4 C5"],
  [11, 0, 2, "F1", "A3 C4 F4 C5"],
  [11, 2, 2, "G1", "G3 B3 D4 D5"],
].map(([bar, beat, beats, bass, voicing]) => ({
  startFrame: (bar * beatsPerBar + beat) * beatFrames,
  lengthFrames: beats * beatFrames,
  bar,
  bass: midiOf(bass),
  notes: voicing.split(" ").map(midiOf),
}))

/** A line of a part: "beat note syllable beats" for each syllable; the vowel falls on the beat. */
const sing = (bars) =>
  Object.entries(bars).flatMap(([bar, line]) =>
    line.split(",").map((word) => {
      const [beat, note, syllable, beats] = word.trim().split(" ")
      return {
        startFrame: Math.round(((Number(bar) - 1) * beatsPerBar + Number(beat)) * beatFrames),
        lengthFrames: Math.round(Number(beats) * beatFrames),
        midi: midiOf(note),
        consonant: syllable.length > 1 ? syllable[0] : "",
        vowel: syllable.at(-1),
      }
    }),
  )

/** The lead. Starts half a beat in, ends before the last beat is over, so that the loop's seam is silent. */
export const ann = sing({
  1: "0.5 E4 la 0.5, 1 G4 la 0.5, 1.5 G4 na 1, 2.5 A4 de 0.5, 3 G4 no 0.9",
  2: "0.5 D4 la 0.5, 1 G4 la 0.5, 1.5 G4 na 1, 2.5 A4 di 0.5, 3 B4 da 0.9",
  3: "0 C5 lo 1.5, 1.5 B4 na 0.5, 2 A4 la 0.5, 2.5 G4 de 0.5, 3 E4 na 0.9",
  4: "0 F4 la 0.5, 0.5 G4 na 0.5, 1 A4 la 2",
  5: "0.5 E4 la 0.5, 1 G4 la 0.5, 1.5 G4 na 1, 2.5 C5 de 0.5, 3 G4 no 0.9",
  6: "0 B4 la 0.5, 0.5 B4 na 0.5, 1 A4 di 0.5, 1.5 G4 la 1, 2.5 D4 no 1",
  7: "0 F4 la 0.5, 0.5 A4 na 0.5, 1 C5 lo 1, 2 A4 de 0.5, 2.5 G4 na 0.5, 3 A4 la 0.9",
  8: "0 G4 no 2.5",
  9: "0 C5 la 1, 1 C5 na 0.5, 1.5 A4 la 1, 2.5 C5 de 1.2",
  10: "0 D5 la 1, 1 D5 na 0.5, 1.5 B4 la 1, 2.5 D5 di 1.2",
  11: "0 C5 lo 1.5, 1.5 B4 na 0.5, 2 A4 la 1, 3 E4 de 0.9",
  12: "0 F4 la 0.5, 0.5 G4 na 0.5, 1 A4 la 1, 2 G4 no 1.5",
})

/** The harmony, a third below mostly. Answers in the first bars, sings along from the fifth. */
export const ben = sing({
  2: "3.5 G3 na 0.5",
  3: "0 A3 lo 1.5, 1.5 G3 na 0.5, 2 C4 la 0.5, 2.5 B3 de 0.5, 3 C4 na 0.9",
  4: "0 A3 la 0.5, 0.5 C4 na 0.5, 1 F4 la 2",
  5: "0.5 C4 la 0.5, 1 E4 la 0.5, 1.5 E4 na 1, 2.5 G4 de 0.5, 3 E4 no 0.9",
  6: "0 G4 la 0.5, 0.5 G4 na 0.5, 1 F4 di 0.5, 1.5 D4 la 1, 2.5 B3 no 1",
  7: "0 C4 la 0.5, 0.5 F4 na 0.5, 1 A4 lo 1, 2 F4 de 0.5, 2.5 E4 na 0.5, 3 F4 la 0.9",
  8: "0 D4 no 2.5",
  9: "0 A4 la 1, 1 A4 na 0.5, 1.5 F4 la 1, 2.5 A4 de 1.2",
  10: "0 B4 la 1, 1 B4 na 0.5, 1.5 G4 la 1, 2.5 B4 di 1.2",
  11: "0 A4 lo 1.5, 1.5 G4 na 0.5, 2 E4 la 1, 3 C4 de 0.9",
  12: "0 C4 la 0.5, 0.5 E4 na 0.5, 1 F4 la 1, 2 D4 no 1.5",
})

/** The low voice: held vowels under the verse, answers in the rests. */
export const cleo = sing({
  1: "0.5 G3 u 3.3",
  2: "0 G3 nu 3.8",
  3: "0 A3 lu 3.8",
  4: "0 A3 nu 2, 2.5 C4 da 0.5, 3 B3 na 0.9",
  5: "0 C4 u 3.8",
  6: "0 B3 nu 3.8",
  7: "0 A3 lu 3.8",
  8: "0 G3 no 1.2, 1.5 G3 da 0.5, 2 A3 na 0.5, 2.5 B3 la 0.5, 3 D4 de 0.9",
  9: "0 C4 la 2, 2.5 A3 na 0.5, 3 C4 da 0.9",
  10: "0 B3 la 2, 2.5 G3 na 0.5, 3 B3 da 0.9",
  11: "0 C4 lo 2, 2.5 B3 na 0.5, 3 A3 la 0.9",
  12: "0 A3 nu 1.9, 2 B3 lu 1.5",
})
