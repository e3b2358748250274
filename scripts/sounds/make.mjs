/** Makes the demo's sounds: a backing track and three singers. Always the same bytes; about two seconds of work. */
import { mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { renderBacking } from "./backing.mjs"
import { ann, ben, cleo, frameCount, rateHz } from "./song.mjs"
import { renderVoice, singers } from "./voice.mjs"
import { writeWav } from "./wav.mjs"

const soundsFolder = join(dirname(fileURLToPath(import.meta.url)), "../../examples/sounds")
const scores = { ann, ben, cleo }

/** Writes backing.wav, ann.wav, ben.wav and cleo.wav, 48 kHz, 24 bits. */
export const makeSounds = (folder = soundsFolder) => {
  mkdirSync(folder, { recursive: true })
  writeWav(join(folder, "backing.wav"), renderBacking(), rateHz)
  for (const [name, score] of Object.entries(scores)) {
    writeWav(join(folder, `${name}.wav`), [renderVoice(score, singers[name], frameCount)], rateHz)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeSounds(process.argv[2])
