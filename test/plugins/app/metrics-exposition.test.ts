import { EventEmitter } from 'node:events'
import t from 'tap'
import { Counter, Registry } from 'prom-client'
import { createExposition } from '../../../plugins/app/metrics/exposition.ts'

/** The way to the process that started this one, and what was sent to it. */
function createChannel () {
  const events = new EventEmitter()
  const sent: object[] = []
  return Object.assign(events, { sent, send: (message: object) => sent.push(message) })
}

function createRegistry (): Registry {
  const registry = new Registry()
  new Counter({ name: 'answers_total', help: 'Answers', registers: [registry] }).inc(3)
  return registry
}

t.test('a process that serves alone shows its own metrics', async (t) => {
  const exposition = createExposition(createRegistry())
  t.match(await exposition.read(), 'answers_total 3')
  exposition.stop()
})

t.test('beside others it asks for those of all, and each question gets its own answer', async (t) => {
  const channel = createChannel()
  const exposition = createExposition(createRegistry(), channel)
  const [first, second] = [exposition.read(), exposition.read()]
  t.strictSame(channel.sent, [{ type: 'metrics-wanted', id: 1 }, { type: 'metrics-wanted', id: 2 }])

  channel.emit('message', { type: 'metrics-text', id: 2, text: 'two' })
  channel.emit('message', 'stop')
  channel.emit('message', { type: 'metrics-text' })
  channel.emit('message', { type: 'metrics-text', id: 1, text: 'one' })
  t.strictSame(await Promise.all([first, second]), ['one', 'two'])
})

t.test('asked for its own it tells them, until it is stopped', async (t) => {
  const channel = createChannel()
  const exposition = createExposition(createRegistry(), channel)
  const told = new Promise((resolve) => { channel.send = (message) => { resolve(message); return 0 } })
  channel.emit('message', { type: 'metrics-asked', id: 7 })
  t.match(await told, { type: 'metrics', id: 7, metrics: [{ name: 'answers_total', values: [{ value: 3 }] }] })

  exposition.stop()
  t.equal(channel.listenerCount('message'), 0)
})

t.test('without an answer it is an error, soon', async (t) => {
  const exposition = createExposition(createRegistry(), createChannel())
  // the wait itself keeps no process alive
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => { clearInterval(alive) })
  await t.rejects(exposition.read(), /No answer/)
})
