import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import type { Redis } from 'ioredis'
import t from 'tap'
import { openBus } from '../../../../plugins/app/cache/bus.ts'

/** A connection that does what the test says, and notes what it is asked for. */
class FakeSubscriber extends EventEmitter {
  asked: string[] = []
  answer: () => Promise<unknown> = async () => 1
  subscribe = async (channel: string) => { this.asked.push(`subscribe ${channel}`); return await this.answer() }
  ping = async () => { this.asked.push('ping'); return await this.answer() }
  disconnect = (reconnect = false) => { this.asked.push(`disconnect ${reconnect}`) }
}
/** Lets everything run that waits for nothing but promises. */
const settle = () => new Promise((resolve) => { setImmediate(resolve) })

function open (status: string) {
  const subscriber = new FakeSubscriber()
  const redis = { status, duplicate: () => subscriber } as unknown as Redis
  const state = { opened: 0, heard: [] as string[][] }
  const bus = openBus(redis, { sender: 'me', onInvalidated: (tags) => state.heard.push(tags), onOpen: async () => { state.opened += 1 } })
  return { subscriber, state, bus }
}

t.test('the start waits for the channel of a Redis that is there', async (t) => {
  const { subscriber, state, bus } = open('ready')
  let isStarted = false
  bus.then(() => { isStarted = true }, (error: unknown) => { t.error(error) })
  await settle()
  t.notOk(isStarted)
  subscriber.emit('ready')
  ;(await bus).close()
  t.equal(state.opened, 1)
  t.strictSame(subscriber.asked, ['subscribe cache:invalidations', 'disconnect false'])
})

t.test('the start goes on if the connection breaks, or if there is none', async (t) => {
  const { subscriber, bus } = open('ready')
  subscriber.emit('error', new Error('broken'))
  ;(await bus).close()
  ;(await open('connecting').bus).close()
  t.strictSame(subscriber.asked, ['disconnect false'])
})

t.test('a channel that could not be opened is tried again on another connection', async (t) => {
  const { subscriber, state, bus } = open('connecting')
  subscriber.answer = async () => { throw new Error('NOPERM') }
  subscriber.emit('ready')
  await settle()
  t.strictSame(subscriber.asked, ['subscribe cache:invalidations', 'disconnect true'])
  t.equal(state.opened, 0)
  ;(await bus).close()
})

t.test('tags of others are handed on, not those of this process and not what strangers say', async (t) => {
  const { subscriber, state, bus } = open('connecting')
  for (const message of ['["other","a","b"]', '["me","c"]', '["other"]', '[]', '[1,2]', '{}', 'null', '"text"', '']) subscriber.emit('message', 'channel', message)
  t.strictSame(state.heard, [['a', 'b']])
  ;(await bus).close()
})

t.test('signs of life are asked for until the close, and a failure is none of our business', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => { mock.timers.reset() })
  const { subscriber, bus } = open('connecting')
  subscriber.answer = async () => { throw new Error('away') }
  const opened = await bus
  mock.timers.tick(1000)
  mock.timers.tick(1000)
  opened.close()
  mock.timers.tick(5000)
  t.strictSame(subscriber.asked, ['ping', 'ping', 'disconnect false'])
})
