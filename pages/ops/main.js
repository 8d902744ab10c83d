import { SPAN_S } from './chart.js'
import { createPanels, element } from './panels.js'
import { showQueues } from './queues.js'
import { signIn, signOut } from './session.js'
import { showSlowQueries } from './slow-queries.js'
import { follow } from './stream.js'
import { number, setLanguage, text, time, writeTexts } from './texts.js'

/** @typedef {import('./stream.js').Snapshot} Snapshot */
/** @typedef {import('./texts.js').TextName} TextName */

const MS_PER_S = 1000

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector))
const form = /** @type {HTMLFormElement} */ (find('#sign-in'))
const [refusal, status, facts] = [find('#refusal'), find('#status'), find('#facts')]
const panels = createPanels(find('#panels'))

/** Of the last ten minutes. */
/** @type {Snapshot[]} */
let snapshots = []
/** @type {import('./stream.js').SlowQuery[]} */
let slowQueries = []
/** @type {AbortController | undefined} */
let following

/** @param {TextName} name @param {string} value */
const fact = (name, value) => element('div', {}, element('dt', {}, text(name)), element('dd', {}, value))

function showNumbers () {
  const newest = snapshots.at(-1)
  if (newest === undefined) return
  facts.replaceChildren(fact('instances', number(newest.instances)), fact('processes', number(newest.processes)), fact('lastSeen', time(newest.at)))
  for (const panel of panels) panel.show(snapshots)
}

/**
 * Says something in an element, in whatever language is chosen then.
 * @param {HTMLElement} place
 * @param {TextName} [name]
 */
function say (place, name) {
  if (name === undefined) place.removeAttribute('data-text')
  else place.dataset.text = name
  place.textContent = name === undefined ? '' : text(name)
}

/** @param {boolean} isSignedIn */
function showPage (isSignedIn) {
  form.hidden = isSignedIn
  find('#dashboard').hidden = !isSignedIn
  find('#sign-out').hidden = !isSignedIn
  // a snapshot says whether there are any
  find('#queues').hidden = true
}

const show = {
  /** @param {Snapshot} snapshot */
  snapshot (snapshot) {
    snapshots = [...snapshots.filter(({ at }) => at > snapshot.at - SPAN_S * MS_PER_S), snapshot]
    if (snapshot.queued !== null) find('#queues').hidden = false
    showNumbers()
  },
  /** @param {import('./stream.js').SlowQuery[]} queries */
  slowQueries (queries) {
    slowQueries = queries
    showSlowQueries(queries)
  },
  /** @param {import('./stream.js').State} state */
  state (state) {
    status.dataset.state = state
    say(status, state)
  }
}

/** Shows numbers until the session ends, then the form. */
async function run () {
  following = new AbortController()
  showPage(true)
  const why = await follow(show, following.signal)
  snapshots = []
  showPage(false)
  say(status)
  say(refusal, why)
  await signOut()
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const fields = new FormData(form)
  say(refusal)
  const why = await signIn(String(fields.get('username')), String(fields.get('password')))
  if (why !== undefined) {
    say(refusal, why)
    return
  }
  form.reset()
  await run()
})
find('#sign-out').addEventListener('click', () => { following?.abort() })

find('#queues').addEventListener('click', async (event) => {
  event.preventDefault()
  await showQueues()
})

find('nav').addEventListener('click', (event) => {
  const link = event.target instanceof window.Element ? event.target.closest('a') : null
  if (link === null) return
  // a reload would forget who has signed in
  event.preventDefault()
  setLanguage(link.lang === 'ar' ? 'ar' : 'en')
  redraw()
})

/** In other colours or words. */
function redraw () {
  showNumbers()
  showSlowQueries(slowQueries)
  if (snapshots.length > 0) for (const panel of panels) panel.draw()
}
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
writeTexts()
