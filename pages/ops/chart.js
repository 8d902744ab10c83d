import { number, time } from './texts.js'

/** @typedef {import('./stream.js').Snapshot} Snapshot */
/** @typedef {{ name: import('./texts.js').TextName, color: string, pick: (snapshot: Snapshot) => number | null }} Line */

/** Seconds that a chart shows. */
export const SPAN_S = 600
const LEAST_SPAN_S = 60
const HEIGHT = 144
const MS_PER_S = 1000
const FONT = '11px system-ui, sans-serif'

/** Steps of a scale. */
const STEPS = [-2, -1, 0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))

/** @type {typeof import('uplot')} */
const UPlot = Reflect.get(globalThis, 'uPlot')

/** @param {string} name */
const color = (name) => window.getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)

/**
 * A chart of the last ten minutes in an element; what it shows is told beside it as text too.
 * @param {HTMLElement} element
 * @param {Line[]} lines
 * @param {{ format: Intl.NumberFormatOptions, most?: number | undefined }} options `most` is the upper end of the scale, without it that of the numbers
 */
export function createChart (element, lines, { format, most }) {
  /** @type {import('uplot') | undefined} */
  let plot
  /** @type {import('uplot').AlignedData} */
  let data = [[], ...lines.map(() => [])]

  const decimals = format.style === 'percent' ? 2 : format.maximumFractionDigits ?? 0

  /** @returns {import('uplot').Options} */
  function optionsOf () {
    const axis = { stroke: color('quiet'), font: FONT, grid: { stroke: color('line'), width: 1 }, ticks: { show: false } }
    return {
      width: element.clientWidth,
      height: HEIGHT,
      cursor: { show: false },
      legend: { show: false },
      scales: {
        // a minute at least, so that the first seconds are no spots
        x: { range: (_, first, last) => [Math.min(first, last - LEAST_SPAN_S), last] },
        y: { range: (_, _least, largest) => [0, most ?? (largest > 0 ? largest * 1.1 : 1)] }
      },
      axes: [
        { ...axis, size: 26, space: 90, values: (_, splits) => splits.map((seconds) => time(seconds * MS_PER_S)) },
        { ...axis, size: 56, incrs: STEPS.filter((step) => step >= 10 ** -decimals), values: (_, splits) => splits.map((value) => number(value, format)) }
      ],
      series: [{}, ...lines.map((line) => ({ stroke: color(line.color), width: 2, spanGaps: true, points: { show: false } }))]
    }
  }

  function draw () {
    plot?.destroy()
    plot = new UPlot(optionsOf(), data, element)
  }

  new window.ResizeObserver(() => { plot?.setSize({ width: element.clientWidth, height: HEIGHT }) }).observe(element)
  return {
    /** Draws it anew, in the present colours and language. */
    draw,

    /** @param {Snapshot[]} snapshots */
    show (snapshots) {
      data = [snapshots.map(({ at }) => at / MS_PER_S), ...lines.map(({ pick }) => snapshots.map(pick))]
      if (plot === undefined) draw()
      else plot.setData(data)
      element.dataset.points = String(snapshots.length)
    }
  }
}
