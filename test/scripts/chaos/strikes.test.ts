import t from 'tap'
import type { Role } from '../../../scripts/chaos/server.ts'
import { createStrikes, type Killable, type Scenery, type StrikeName } from '../../../scripts/chaos/strikes.ts'

/** Notes what is done, in its order; everything is away for no time. */
function prepare (present: Partial<Scenery> = {}) {
  const events: string[] = []
  const note = (event: string) => async () => { events.push(event) }
  const service = (name: string): Killable => ({ kill: note(`${name} dies`), start: note(`${name} starts`) })
  const strikes = createStrikes({
    engine: service('database'),
    redis: service('redis'),
    releaseJobs: note('jobs are released'),
    current: async (role) => { events.push(`next ${role}`) },
    ...present
  }, { between: () => 0 })

  async function strike (name: StrikeName, role: Role = 'api') {
    const proxy = { cut: () => { events.push('cut') }, mend: () => { events.push('mended') } }
    const { passes, over } = strikes.get(name)?.({ role, kill: note(`${role} dies`), proxy }) ?? {}
    const passesOn = await passes
    await over
    return { passesOn, events }
  }
  return { strikes, strike }
}

t.test('what was on its way to a database that dies is lost, and the database is started again', async (t) => {
  t.strictSame(await prepare().strike('kill-database'), { passesOn: false, events: ['database dies', 'database starts'] })
})

t.test('what was on its way elsewhere when Redis dies arrives', async (t) => {
  t.strictSame(await prepare().strike('kill-redis'), { passesOn: true, events: ['redis dies', 'redis starts'] })
})

t.test('a process is killed or cut off with what it was about to send, and a worker has a successor at once', async (t) => {
  t.strictSame(await prepare().strike('kill'), { passesOn: false, events: ['api dies'] })
  t.strictSame(await prepare().strike('kill', 'worker'), { passesOn: false, events: ['worker dies', 'jobs are released', 'next worker'] })
  t.strictSame(await prepare().strike('cut'), { passesOn: false, events: ['cut', 'mended'] })
})

t.test('a database that cannot be killed is told, and nothing passes', async (t) => {
  const engine = { kill: async () => { throw new Error('it lives') }, start: async () => {} }
  const { passes, over } = prepare({ engine }).strikes.get('kill-database')?.({ role: 'api', kill: async () => {}, proxy: { cut () {}, mend () {} } }) ?? {}

  await t.rejects(over ?? Promise.resolve(), /it lives/)
  t.equal(await passes, false)
})

t.test('what is not there, or must not be killed, is not struck', async (t) => {
  t.strictSame([...prepare({ engine: null, redis: null }).strikes.keys()], ['kill', 'cut'])
})
