/** One JSON object a line: for scripts. -Infinity, which JSON does not have, is null. */
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"

/** JSON on one line that no terminal obeys: what a terminal might take for a control code is escaped. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === "number" && !Number.isFinite(item) ? null : item))
    .replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

export const startLine = (version: string, party: string): string => jsonLine({ type: "start", version, party })
export const eventJson = (event: PartyEvent): string => jsonLine({ type: "event", ...event })
export const statsJson = (stats: PartyStats): string => jsonLine({ type: "stats", ...stats })
