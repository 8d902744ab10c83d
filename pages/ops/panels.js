import { createChart } from './chart.js'
import { number } from './texts.js'

/** @typedef {import('./stream.js').Snapshot} Snapshot */
/** @typedef {import('./chart.js').Line} Line */
/** @typedef {{ name: import('./texts.js').TextName, lines: Line[], format: Intl.NumberFormatOptions, most?: number, beside?: Line[] }} Panel */

const COUNT = { maximumFractionDigits: 0 }
const RATE = { maximumFractionDigits: 1 }
const SHARE = { style: /** @type {const} */ ('percent'), maximumFractionDigits: 0 }

/** What is shown, each with its lines and with numbers that have none. */
/** @type {Panel[]} */
const PANELS = [
  {
    name: 'requests',
    format: RATE,
    lines: [
      { name: 'rate', color: 'one', pick: ({ requests }) => requests.rate },
      { name: 'errors', color: 'three', pick: ({ requests }) => requests.errors }
    ]
  },
  {
    name: 'latency',
    format: RATE,
    lines: [
      { name: 'p50', color: 'one', pick: ({ latency }) => latency.p50 },
      { name: 'p95', color: 'two', pick: ({ latency }) => latency.p95 },
      { name: 'p99', color: 'three', pick: ({ latency }) => latency.p99 }
    ]
  },
  {
    name: 'hits',
    format: SHARE,
    most: 1,
    lines: [
      { name: 'answers', color: 'one', pick: ({ hits }) => hits.answers },
      { name: 'memory', color: 'two', pick: ({ hits }) => hits.memory },
      { name: 'shared', color: 'four', pick: ({ hits }) => hits.shared }
    ]
  },
  {
    name: 'load',
    format: SHARE,
    most: 1,
    lines: [
      { name: 'loadValue', color: 'one', pick: ({ load }) => load.value },
      { name: 'factor', color: 'two', pick: ({ load }) => load.factor }
    ]
  },
  {
    name: 'refused',
    format: RATE,
    lines: [
      { name: 'shed', color: 'three', pick: ({ refused }) => refused.shed },
      { name: 'limited', color: 'two', pick: ({ refused }) => refused.limited }
    ]
  },
  {
    name: 'pool',
    format: COUNT,
    lines: [
      { name: 'size', color: 'one', pick: ({ pool }) => pool.size },
      { name: 'inUse', color: 'four', pick: ({ pool }) => pool.in_use },
      { name: 'waitingForOne', color: 'three', pick: ({ pool }) => pool.waiting }
    ]
  },
  {
    name: 'jobs',
    format: COUNT,
    lines: [
      { name: 'due', color: 'two', pick: ({ jobs }) => jobs.due },
      { name: 'waiting', color: 'one', pick: ({ jobs }) => jobs.waiting },
      { name: 'running', color: 'four', pick: ({ jobs }) => jobs.running },
      { name: 'dead', color: 'three', pick: ({ jobs }) => jobs.dead }
    ],
    beside: [
      { name: 'oldest', color: '', pick: ({ jobs }) => jobs.oldest_due_s },
      { name: 'queued', color: '', pick: ({ queued }) => queued }
    ]
  }
]

/**
 * An element with attributes; `dataset.text` is the name of its text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
export function element (tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** @param {Panel} panel */
function createPanel ({ name, lines, format, most, beside = [] }) {
  const all = [...lines, ...beside]
  const values = all.map(() => element('dd', {}, '–'))
  const chart = element('div', { class: 'chart', dir: 'ltr', 'aria-hidden': 'true' })
  const facts = all.map((line, i) => element('div', {}, element('dt', { 'data-text': line.name, ...(line.color !== '' && { 'data-color': line.color }) }), values[i] ?? ''))
  const plot = createChart(chart, lines, { format, most })

  return {
    section: element('section', { 'aria-labelledby': `panel-${name}` }, element('h2', { id: `panel-${name}`, 'data-text': name }), element('dl', {}, ...facts), chart),
    draw: plot.draw,

    /** @param {Snapshot[]} snapshots */
    show (snapshots) {
      const newest = snapshots.at(-1)
      if (newest === undefined) return
      all.forEach(({ pick }, i) => { values[i]?.replaceChildren(number(pick(newest), format)) })
      plot.show(snapshots)
    }
  }
}

/** @param {HTMLElement} place */
export function createPanels (place) {
  const panels = PANELS.map(createPanel)
  place.append(...panels.map(({ section }) => section))
  return panels
}
