import t from 'tap'
import { drawChanges, drawFactors } from '../../../bench/document/charts.ts'
import { pictureOfClaims, pictureOfOptimizations } from '../../../bench/document/pictures.ts'
import type { NoteClaim } from '../../../bench/document/note.ts'
import type { Optimization } from '../../../bench/document/optimizations.ts'
import { recordOf, turnsOf } from './records.ts'

const [GOOD, BAD] = ['#0969da', '#bc4c00']
const factor = { name: 'a list', median: 4, least: 2, most: 5 }
/** Occurrences, without those in the style. */
const countOf = (svg: string, text: string) => svg.replace(/<style>.*<\/style>/, '').split(text).length - 1

const records = new Map([
  recordOf('list', turnsOf('p50_ms', [100, 100], [25, 50])),
  recordOf('load', turnsOf('per_second', [100, 100], [50, 80]))
])
const optimizations: Optimization[] = [
  { number: 1, name: 'indexes', steps: [], shown: [{ record: 'list', metric: 'p50_ms', what: 'a list', better: 'less' }] },
  { number: 2, name: 'pool', steps: [], shown: [{ record: 'load', metric: 'per_second', what: 'a load', better: 'more' }] },
  { number: 3, name: 'loaders', steps: [], shown: [{ record: 'none', metric: 'p50_ms', what: 'a page', better: 'less' }] }
]
const claims: NoteClaim[] = [
  {
    claimed: 'time −40 %',
    range: [-40, -60],
    evidence: [
      { record: 'list', metric: 'p50_ms', what: 'a list', as: 'change', wanted: { atMost: -40 } },
      { record: 'load', metric: 'per_second', what: 'a load', as: 'change', wanted: { atMost: -40 } },
      { record: 'load', metric: 'per_second', what: 'a rate', as: 'value', wanted: { atLeast: 1 } },
      { record: 'none', metric: 'p50_ms', what: 'a page', as: 'change', wanted: { atMost: -40 } }
    ]
  },
  { claimed: 'no leak', evidence: [{ record: 'list', metric: 'p50_ms', what: 'growth', as: 'change', wanted: { atMost: 0 } }] }
]

t.test('the same numbers make the same picture, for light and dark pages', async (t) => {
  const svg = drawFactors([factor])
  t.equal(drawFactors([factor]), svg)
  t.match(svg, /^<svg [^>]*>\n<style>@media \(prefers-color-scheme:dark\)/)
  t.match(svg, `[fill="${GOOD}"]{fill:#4493f8}`)
})

t.test('less of what should be less, and more of what should be more, is better by so many times', async (t) => {
  const svg = pictureOfOptimizations(optimizations, records)
  t.match(svg, '1 indexes: a list')
  t.match(svg, '× 2.67')
  t.match(svg, '2 pool: a load')
  t.match(svg, '× 0.65')
  t.notMatch(svg, 'loaders')
  t.equal(countOf(svg, `fill="${GOOD}"`), 1)
  t.equal(countOf(svg, `fill="${BAD}"`), 1)
})

t.test('a factor without bounds is drawn at the end', async (t) => {
  const svg = drawFactors([{ name: 'none left', median: Infinity, least: 2, most: Infinity }])
  t.match(svg, '× 10,000')
  t.notMatch(svg, /NaN|Infinity/)
})

t.test('changes in percent stand beside what is claimed; other claims are not in the picture', async (t) => {
  const svg = pictureOfClaims(claims, records)
  t.match(svg, 'time −40 % · a list')
  t.match(svg, '−62.5 %')
  t.match(svg, '−35 %')
  t.notMatch(svg, /a rate|a page|growth/)
  t.equal(countOf(svg, 'fill="#b6e3ff"'), 2)
})

t.test('a long name has two lines, and a change for the worse its place', async (t) => {
  const name = 'a name that is much longer than what fits beside the axis in one line'
  const svg = drawChanges([{ name, range: [-40, -60], shown: { median: 60, min: 10, max: 70 }, holds: false }])
  t.match(svg, '+60 %')
  t.match(svg, 'in one line')
  t.notMatch(svg, name)
  t.notMatch(svg, 'NaN')
})

t.test('without a measurement a picture is empty', async (t) => {
  t.notMatch(pictureOfClaims(claims, new Map()), 'NaN')
  t.notMatch(pictureOfOptimizations(optimizations, new Map()), 'NaN')
})
