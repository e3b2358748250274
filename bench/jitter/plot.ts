/** Delay against concealment as SVG: a panel a model, the oracles' frontiers as lines, buffers as points. */
import { PRICE_MS, type OraclePoint } from "./oracle.ts"

export interface Point {
  readonly delayMs: number
  readonly concealedPercent: number
}

export interface Panel {
  readonly title: string
  readonly about: string
  readonly slow: readonly OraclePoint[]
  readonly fast: readonly OraclePoint[]
  readonly buffers: readonly (Point & { readonly name: string })[]
}

const COLUMNS = 3
const WIDTH = 360
const HEIGHT = 250
const LEFT = 46
const TOP = 40
const PLOT_WIDTH = WIDTH - LEFT - 14
const PLOT_HEIGHT = HEIGHT - TOP - 36
const LEGEND = 46
/** Concealment is on a scale of decades; less than the first is drawn at its left end. */
const DECADES = [0.01, 0.1, 1, 10, 100]
const COLOURS = ["#c0392b", "#1f6fb2", "#2c8f4e", "#8a8a8a", "#5e5e5e", "#2b2b2b", "#b7791f", "#7d3c98"]
const SHAPES = ["●", "■", "▲", "○", "□", "△", "◆", "✚"]

const xOf = (percent: number): number => {
  const least = Math.log10(DECADES[0] as number)
  const decades = Math.log10(DECADES[DECADES.length - 1] as number) - least
  return LEFT + (PLOT_WIDTH * (Math.log10(Math.max(percent, DECADES[0] as number)) - least)) / decades
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
const text = (x: number, y: number, size: number, anchor: string, words: string, fill = "#333"): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${escape(words)}</text>`
const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="#ddd" fill="none"/>`

/** A round number that four steps of reach `most`. */
const stepOf = (most: number): number => {
  const rough = most / 4
  const decade = 10 ** Math.floor(Math.log10(rough))
  return decade * ([1, 2, 2.5, 5, 10].find((each) => each * decade >= rough) ?? 10)
}

const CHORD_STEPS = 12

/** Points of the straight lines between, which the scale of decades bends. */
const chords = (points: readonly OraclePoint[]): Point[] =>
  points.flatMap((to, i) => {
    const from = points[i - 1] ?? to
    const between = (low: number, high: number, step: number): number => low + ((high - low) * step) / CHORD_STEPS
    return Array.from({ length: CHORD_STEPS + 1 }, (_, step) => ({
      delayMs: between(from.delayMs, to.delayMs, step), concealedPercent: between(from.concealedPercent, to.concealedPercent, step),
    }))
  })

function drawPanel(panel: Panel, left: number, top: number, names: readonly string[]): string {
  const most = Math.min(300, Math.max(...panel.buffers.map((each) => each.delayMs), ...panel.slow.map((each) => each.delayMs)) * 1.08)
  const step = stepOf(most)
  const yOf = (ms: number): number => TOP + PLOT_HEIGHT * (1 - Math.min(ms, most) / most)
  const curve = (points: readonly OraclePoint[], dash: string): string => {
    const path = chords(points).map((each) => `${xOf(each.concealedPercent).toFixed(1)} ${yOf(each.delayMs).toFixed(1)}`).join("L")
    return `<path d="M${path}" stroke="#000" stroke-width="1.4" fill="none"${dash}/>`
  }
  const parts = [text(LEFT, 16, 13, "start", panel.title), text(LEFT, 31, 9, "start", panel.about, "#777")]
  for (const decade of DECADES) {
    parts.push(line(xOf(decade), TOP, xOf(decade), TOP + PLOT_HEIGHT))
    parts.push(text(xOf(decade), TOP + PLOT_HEIGHT + 13, 9, "middle", `${decade} %`))
  }
  for (let ms = 0; ms <= most; ms += step) {
    parts.push(line(LEFT, yOf(ms), LEFT + PLOT_WIDTH, yOf(ms)), text(LEFT - 5, yOf(ms) + 3, 9, "end", `${Number(ms.toFixed(2))}`))
  }
  parts.push(text(LEFT - 34, TOP + PLOT_HEIGHT + 13, 9, "start", "ms"))
  const best = panel.slow.find((each) => each.priceMs === PRICE_MS)
  if (best !== undefined) parts.push(text(xOf(best.concealedPercent), yOf(best.delayMs) + 4, 12, "middle", "✕", "#000"))
  parts.push(curve(panel.slow, ""), curve(panel.fast, ' stroke-dasharray="3 3"'))
  for (const { name, delayMs, concealedPercent } of panel.buffers) {
    const style = names.indexOf(name)
    const mark = delayMs > most ? `${SHAPES[style]}↑` : (SHAPES[style] as string)
    parts.push(text(xOf(concealedPercent), yOf(delayMs) + 4, 12, "middle", mark, COLOURS[style]))
  }
  return `<g transform="translate(${left} ${top})">${parts.join("")}</g>`
}

export function plot(panels: readonly Panel[], heading: string): string {
  const names = [...new Set(panels.flatMap((panel) => panel.buffers.map((each) => each.name)))]
  const width = COLUMNS * WIDTH
  const height = LEGEND + Math.ceil(panels.length / COLUMNS) * HEIGHT
  const legend = names.map((name, i) => text(LEFT + 270 + i * 92, 38, 11, "start", `${SHAPES[i]} ${name}`, COLOURS[i]))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(LEFT, 20, 14, "start", heading),
    text(LEFT, 38, 11, "start", "oracle: — slow, ✕ its best J, - - fast"),
    ...legend,
    ...panels.map((panel, i) => drawPanel(panel, (i % COLUMNS) * WIDTH, LEGEND + Math.floor(i / COLUMNS) * HEIGHT, names)),
    "</svg>", "",
  ].join("\n")
}
