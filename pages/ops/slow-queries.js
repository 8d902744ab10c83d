import { element } from './panels.js'
import { number, text } from './texts.js'

/** @typedef {import('./stream.js').SlowQuery} SlowQuery */

const MS = { style: /** @type {const} */ ('unit'), unit: 'millisecond', maximumFractionDigits: 0 }

/** @param {SlowQuery['plan']} plan */
function describePlan (plan) {
  if (plan === null) return text('noPlan')
  const parts = [
    plan.index === null ? undefined : `${text('index')} ${plan.index}`,
    plan.scan ? text('scan') : undefined,
    plan.sorted ? text('sorted') : undefined,
    plan.documents_examined === null ? undefined : `${text('examined')}: ${number(plan.documents_examined)}`,
    plan.returned === null ? undefined : `${text('returned')}: ${number(plan.returned)}`
  ].filter((part) => part !== undefined)
  return `${text('plan')}: ${parts.join(' · ')}`
}

/** @param {SlowQuery} query */
function itemOf ({ collection, operation, shape, count, total_ms: total, max_ms: longest, plan }) {
  const numbers = `${number(count)} ${text('times')} · ${text('total')} ${number(total, MS)} · ${text('longest')} ${number(longest, MS)}`
  return element('li', {},
    element('p', {}, element('strong', {}, element('bdi', {}, `${collection}.${operation}`)), ' ', numbers),
    element('code', { dir: 'ltr' }, shape),
    element('p', {}, describePlan(plan)))
}

/** @param {SlowQuery[]} queries */
export function showSlowQueries (queries) {
  document.querySelector('#slow-queries')?.replaceChildren(...queries.map(itemOf))
  document.querySelector('#slow-none')?.toggleAttribute('hidden', queries.length > 0)
}
