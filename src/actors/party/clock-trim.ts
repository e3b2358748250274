/**
 * A means for tests: WIFI_PARTY_CLOCK_PPM lets the virtual capture and the virtual playback of this process tick faster (or, when
 * negative, slower), as if the crystal of its one sound card were off. Time stamps stay the system's.
 */
import { ResourceError } from "../../runtime/errors.ts"

const NAME = "WIFI_PARTY_CLOCK_PPM"
const MOST_PPM = 1000

/**
 * Reads the trim, ppm; 0 where none is given.
 * Fails  ResourceError: it is no number, or too large
 */
export function clockTrimPpm(environment: Readonly<Record<string, string | undefined>>): number {
  const text = environment[NAME]?.trim() ?? ""
  if (text === "") return 0
  const ppm = Number(text)
  if (Math.abs(ppm) <= MOST_PPM) return ppm
  throw new ResourceError(`${NAME} is "${text}", not a number from -${MOST_PPM} to ${MOST_PPM}`, "It is meant for tests: unset it")
}
