/** Line charts as one SVG: readable by itself in the light and in the dark, with nothing but text and lines. */

export interface Line {
  name: string
  /** Both in the units of the chart; null: nothing is known here, and the line is broken. */
  points: readonly (readonly [x: number, y: number | null])[]
}

export interface Panel {
  title: string
  /** Of the vertical axis; empty: things are counted. */
  unit: string
  /** At most as many as there are colours. */
  lines: readonly Line[]
}

export interface Chart {
  title: string
  /** Of the horizontal axis, which all panels share. */
  unit: string
  panels: readonly Panel[]
}

/** One pair a line: on white, and on nearly black. Each has a contrast of 4.5 and more, and all can be told apart without colour sight. */
const colours = [
  ["#0b5cad", "#6cb6ff"],
  ["#a04100", "#f0a35e"],
  ["#5a6b00", "#b5c94c"],
] as const

const width = 900
const left = 64
const right = 24
const top = 56
const panelHeight = 150
const panelGap = 62
const plotWidth = width - left - right
/** Of a line in a legend. */
const sample = { width: 22, gap: 7 }
/** Between one name of a legend and the next line. */
const legendGap = 18
/** Of letters in a legend. Which font it will be is not known here, so this is what a wide one takes. */
const letterWidth = { narrow: 4.2, usual: 7.4, wide: 9.8 } as const

export function chartSvg(chart: Chart): string {
  const xs = chart.panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([x]) => x)))
  const xTicks = ticks(Math.max(...xs, 1e-9), 10)
  const height = top + chart.panels.length * (panelHeight + panelGap) + 10
  const panels = chart.panels.map((panel, index) => {
    const y = top + index * (panelHeight + panelGap) + 20
    return panelSvg(panel, y, { ticks: xTicks, unit: chart.unit })
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(chart.title)}">`,
    `<style>${style()}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="${left}" y="30">${escaped(chart.title)}</text>`,
    ...panels,
    "</svg>",
    "",
  ].join("\n")
}

function panelSvg(panel: Panel, y: number, x: { ticks: readonly number[]; unit: string }): string {
  const ys = panel.lines.flatMap(({ points }) =>
    points.flatMap(([, value]) => (value === null ? [] : [value])),
  )
  const yTicks = ticks(Math.max(...ys, 1e-9), 4)
  const bottom = y + panelHeight
  const toX = (value: number): number => left + (value / (x.ticks.at(-1) ?? 1)) * plotWidth
  const toY = (value: number): number => bottom - (value / (yTicks.at(-1) ?? 1)) * panelHeight
  return [
    `<text class="panel" x="${left}" y="${y - 12}">${escaped([panel.title, panel.unit].filter((part) => part !== "").join(", "))}</text>`,
    ...legend(panel.lines, y - 12),
    ...yTicks.flatMap((value) => [
      `<line class="grid" x1="${left}" y1="${at(toY(value))}" x2="${left + plotWidth}" y2="${at(toY(value))}"/>`,
      `<text class="tick" x="${left - 8}" y="${at(toY(value) + 4)}" text-anchor="end">${label(value)}</text>`,
    ]),
    ...x.ticks.map((value, index) => {
      const isLast = index === x.ticks.length - 1
      const anchor = isLast ? "end" : "middle"
      const text = isLast ? `${label(value)} ${escaped(x.unit)}` : label(value)
      return `<text class="tick" x="${at(toX(value))}" y="${bottom + 18}" text-anchor="${anchor}">${text}</text>`
    }),
    ...panel.lines.map(({ points }, index) => `<path class="line c${index}" d="${path(points, toX, toY)}"/>`),
  ].join("\n")
}

/** At the right, beside the panel's title. Names begin at their lines, so that no font is too wide for the gap between them. */
function legend(lines: readonly Line[], y: number): string[] {
  const widths = lines.map(({ name }) => sample.width + sample.gap + textWidth(name))
  const total = widths.reduce((sum, each) => sum + each, legendGap * (lines.length - 1))
  let x = left + plotWidth - total
  return lines.flatMap(({ name }, index) => {
    const start = x
    x += (widths[index] ?? 0) + legendGap
    return [
      `<line class="line c${index}" x1="${at(start)}" y1="${y - 4}" x2="${at(start + sample.width)}" y2="${y - 4}"/>`,
      `<text class="tick" x="${at(start + sample.width + sample.gap)}" y="${y}">${escaped(name)}</text>`,
    ]
  })
}

function textWidth(text: string): number {
  const widths = [...text].map((letter) => {
    if (/[ ,.'fijlrt]/.test(letter)) return letterWidth.narrow
    return /[A-Zmw]/.test(letter) ? letterWidth.wide : letterWidth.usual
  })
  return widths.reduce((sum, each) => sum + each, 0)
}

function path(points: Line["points"], toX: (x: number) => number, toY: (y: number) => number): string {
  let isDown = false
  return points
    .flatMap(([x, y]) => {
      const command = isDown ? "L" : "M"
      isDown = y !== null
      return y === null ? [] : [`${command}${at(toX(x))} ${at(toY(y))}`]
    })
    .join("")
}

/** From 0 to at least `most`, in steps of 1, 2, 2.5 or 5 times a power of ten, about `count` of them. */
function ticks(most: number, count: number): number[] {
  const rough = most / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const steps = Math.ceil(most / step - 1e-9)
  return Array.from({ length: steps + 1 }, (_, index) => index * step)
}

function label(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString("en-GB")
}

function at(pixels: number): string {
  return String(Math.round(pixels * 10) / 10)
}

function style(): string {
  const scheme = (dark: 0 | 1, ground: string, ink: string, faint: string): string =>
    [
      `.ground{fill:${ground}}`,
      `text{fill:${ink};font-family:system-ui,sans-serif;font-size:13px}`,
      `.grid{stroke:${faint};stroke-width:1}`,
      ...colours.map((pair, index) => `.c${index}{stroke:${pair[dark]}}`),
    ].join("")
  return [
    scheme(0, "#ffffff", "#24292f", "#d8dee4"),
    ".title{font-size:17px;font-weight:600}.panel{font-weight:600}.tick{font-size:12px}",
    // Broken in different ways, so that the lines can be told apart without colour.
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round}.c1{stroke-dasharray:6 3}.c2{stroke-dasharray:2 2.5}",
    `@media (prefers-color-scheme:dark){${scheme(1, "#0d1117", "#e6edf3", "#30363d")}}`,
  ].join("")
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
}
