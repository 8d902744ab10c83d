import { axes, colour, drawFields, drawTexts, drawWhiskers, render, type Range } from './drawing.ts'
import type { Finding } from './evidence.ts'
import { formatChange, formatNumber } from './numbers.ts'

/** A factor beyond it is drawn there: a number that is 0 with an optimization has none. */
const MOST_FACTOR = 10_000
const STEP_PERCENT = 50

export interface Factor {
  name: string
  /** How many times better: below 1 it is worse. */
  median: number
  least: number
  most: number
}

/** One bar for each, from 1 to the right if it is better, to the left if it is worse. */
export function drawFactors (all: readonly Factor[]): string {
  const bound = (factor: number): number => Math.min(MOST_FACTOR, Math.max(1 / MOST_FACTOR, factor))
  const factors = all.map(({ name, ...factor }) => ({ name, median: bound(factor.median), least: bound(factor.least), most: bound(factor.most) }))
  const least = Math.min(0.5, ...factors.map((factor) => factor.least))
  const bars = factors.map(({ median }) => ({ value: median, itemStyle: { color: colour(median >= 1 ? 'good' : 'bad') } }))
  return render({
    ...axes(factors.map(({ name }) => name), { type: 'log', name: 'times better with the optimization (logarithmic; the line is the range of the turns)', min: 2 ** Math.floor(Math.log2(least)), logBase: 10, startValue: 1 }),
    series: [
      { type: 'bar', data: bars, barWidth: '55%' },
      drawWhiskers(factors.map(({ least, most }) => [least, most])),
      // at the end of the range, where nothing is in its way
      drawTexts(factors.map(({ most, median }) => [Math.max(most, 1), `× ${formatNumber(median)}`]))
    ]
  }, factors.length)
}

export interface Change extends Pick<Finding, 'shown' | 'holds'> {
  name: string
  /** What is claimed, in percent. */
  range: Range
}

/** What is claimed as a field, what was measured as a point with the range of its turns. */
export function drawChanges (changes: readonly Change[]): string {
  const most = STEP_PERCENT * Math.ceil(Math.max(0, ...changes.map(({ shown }) => shown.max)) / STEP_PERCENT)
  const points = changes.map(({ shown, holds }, row) => ({
    value: [shown.median, row],
    itemStyle: { color: colour(holds ? 'good' : 'bad') }
  }))
  return render({
    ...axes(changes.map(({ name }) => name), { type: 'value', name: 'change in percent; the field is what is claimed, the line the range of the turns', min: -100, max: most, interval: STEP_PERCENT }),
    series: [
      drawFields(changes.map(({ range }) => range)),
      drawWhiskers(changes.map(({ shown: { min, max } }) => [min, max])),
      { type: 'scatter', z: 10, symbolSize: 11, itemStyle: { opacity: 1 }, data: points },
      // beside the axes, where nothing is in their way
      drawTexts(changes.map(({ shown: { median } }) => [most, `${formatChange(median)} %`]))
    ]
  }, changes.length)
}
