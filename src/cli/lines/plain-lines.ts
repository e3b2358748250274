/** Lines for a log or a pipe: events as they come, and a summary now and then. */
import type { PartyEvent, PartyStats, StripStats } from "../../runtime/report.ts"
import { clean, clockText, dbText } from "../text.ts"

/** "00:12.345  new stream  127.0.0.1:40000  Ann" */
export const eventText = (event: PartyEvent): string => {
  const thousandths = String(Math.floor(event.timeMs) % 1000).padStart(3, "0")
  return clean(`${clockText(event.timeMs)}.${thousandths}  ${event.kind}  ${event.subject}${event.text === "" ? "" : `  ${event.text}`}`)
}

const stripText = (strip: StripStats): string => {
  const network = strip.kind === "peer" && strip.playoutDelayMs !== undefined
    ? `, ${strip.playoutDelayMs.toFixed(1)} ms${strip.jitter === undefined ? "" : ` ${strip.jitter.policy}`}, ${((strip.lossRatio ?? 0) * 100).toFixed(1)}% lost` : ""
  return `${strip.name} ${strip.state} ${dbText(strip.peakDb)} dB${strip.muted ? ", muted" : ""}${network}`
}

/** The party in one line. */
export const summaryText = (stats: PartyStats): string => {
  const restarts = stats.threads.reduce((sum, thread) => sum + thread.restarts, 0)
  const clipped = stats.master.clipped === 0 ? "" : `, clipped ${stats.master.clipped}`
  return clean([
    `${clockText(stats.timeMs)}      master ${dbText(stats.master.peakDb)} dB${clipped}`,
    ...stats.strips.map(stripText),
    `added ${stats.addedLatency.p50Ms.toFixed(1)}/${stats.addedLatency.p99Ms.toFixed(1)} ms`,
    `cpu ${Math.round(stats.cpu * 100)}%, ${Math.round(stats.memoryBytes / 1_048_576)} MB${restarts === 0 ? "" : `, ${restarts} restarts`}`,
  ].join(" | "))
}
