import { BarChart, CustomChart, ScatterChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption } from 'echarts/core'
import type { CustomSeriesOption, CustomSeriesRenderItemReturn, ScatterSeriesOption } from 'echarts'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, CustomChart, ScatterChart, GridComponent, SVGRenderer])

/** Colours on a light and on a dark page. */
const COLOURS = {
  ink: ['#1f2328', '#e6edf3'],
  quiet: ['#59636e', '#9198a1'],
  line: ['#d1d9e0', '#3d444d'],
  good: ['#0969da', '#4493f8'],
  bad: ['#bc4c00', '#db6d28'],
  claimed: ['#b6e3ff', '#14406e']
} as const
/** The name of a colour, as it is on a light page. */
export const colour = (name: keyof typeof COLOURS): string => COLOURS[name][0]

/** What is for pages with scripts; its names count up in a process, and would make each picture another one. */
const INTERACTIVE = / (?:class|ecmeta_\w+|pointer-events)="[^"]*"|<style ><!\[CDATA\[.*?\]\]>\s*<\/style>\n?/gs

const WIDTH = 860
const ROW_HEIGHT = 34
const MARGIN = { top: 12, right: 130, bottom: 44, left: 400 }
const CAP = 4
const LETTERS = 54

/** A picture has no way to know the page's colours but this one. */
function forBothSchemes (svg: string): string {
  const rules = Object.values(COLOURS).map(([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`
  return `${svg.replaceAll(INTERACTIVE, '').replace('>', `>\n${style}`)}\n`
}

/** A picture of so many rows (SVG). */
export function render (option: EChartsCoreOption, rows: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: MARGIN.top + rows * ROW_HEIGHT + MARGIN.bottom })
  chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return forBothSchemes(svg)
}

/** Breaks a long name into two lines. */
function wrap (text: string): string {
  if (text.length <= LETTERS) return text
  const place = text.lastIndexOf(' ', LETTERS)
  return `${text.slice(0, place)}\n${text.slice(place + 1)}`
}

/** A name for each row, and an axis of numbers below. */
export function axes (names: readonly string[], x: object) {
  return {
    grid: { ...MARGIN, outerBoundsMode: 'none' },
    xAxis: { nameLocation: 'middle', nameGap: 28, nameTextStyle: { color: colour('quiet') }, axisLabel: { color: colour('quiet') }, splitLine: { lineStyle: { color: colour('line') } }, ...x },
    yAxis: { type: 'category', inverse: true, data: names.map(wrap), axisTick: { show: false }, axisLine: { lineStyle: { color: colour('line') } }, axisLabel: { color: colour('ink'), interval: 0, lineHeight: 14 } }
  }
}

export type Range = readonly [from: number, to: number]

/** Draws something from one number to another in each row. */
function drawRanges (ranges: readonly Range[], draw: (from: number, to: number, y: number) => CustomSeriesRenderItemReturn): CustomSeriesOption {
  return {
    type: 'custom',
    encode: { x: [1, 2], y: 0 },
    data: ranges.map((range, row) => [row, ...range]),
    renderItem (_params, api) {
      const [from = 0, y = 0] = api.coord([api.value(1), api.value(0)])
      const [to = 0] = api.coord([api.value(2), api.value(0)])
      return draw(from, to, y)
    }
  }
}

/** From the least to the most of all turns, with an end at each. */
export function drawWhiskers (ranges: readonly Range[]): CustomSeriesOption {
  const line = (x1: number, y1: number, x2: number, y2: number) => ({ type: 'line' as const, shape: { x1, y1, x2, y2 }, style: { stroke: colour('ink'), lineWidth: 1.5 } })
  return { z: 5, ...drawRanges(ranges, (from, to, y) => ({ type: 'group', children: [line(from, y, to, y), line(from, y - CAP, from, y + CAP), line(to, y - CAP, to, y + CAP)] })) }
}

/** Bands, behind all else. */
export function drawFields (ranges: readonly Range[]): CustomSeriesOption {
  const height = ROW_HEIGHT * 2 / 3
  return drawRanges(ranges, (from, to, y) => ({ type: 'rect', shape: { x: Math.min(from, to) - 1, y: y - height / 2, width: Math.abs(to - from) + 2, height }, style: { fill: colour('claimed') } }))
}

/** Texts at numbers, without a point. */
export function drawTexts (texts: ReadonlyArray<readonly [at: number, text: string]>): ScatterSeriesOption {
  return { type: 'scatter', symbolSize: 0, itemStyle: { opacity: 1 }, data: texts.map(([at, text], row) => ({ value: [at, row], label: { show: true, position: 'right', distance: 8, color: colour('ink'), formatter: text } })) }
}
