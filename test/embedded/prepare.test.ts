import { once } from 'node:events'
import { connect as openSocket } from 'node:net'
import t from 'tap'
import { startEmbeddedDatabase, type RunCommand } from '../../embedded/index.ts'
import { connect, open } from './helper.ts'

t.test('connections wait until the database is prepared', async (t) => {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => { goOn = resolve })
  const database = await startEmbeddedDatabase({
    async prepare (run) {
      await run({ insert: 'things', documents: [{ _id: 1, big: 2 ** 40, nested: [{ at: new Date(0) }] }], $db: 'test' })
      await held
      await run({ insert: 'things', documents: [{ _id: 2 }], $db: 'test' })
    }
  })
  t.teardown(() => database.close())
  const turns = async () => { for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate) }
  const lost = openSocket(Number(new URL(database.uri).port), '127.0.0.1')
  await once(lost, 'connect')
  lost.write('nothing that anybody reads')
  await turns()
  lost.resetAndDestroy()
  // the other end hears of it before anybody reads from it
  await turns()
  const found = connect(t, database.uri).then((client) => client.db('test').collection('things').find().toArray())
  goOn()
  t.strictSame(await found, [{ _id: 1, big: 2 ** 40, nested: [{ at: new Date(0) }] }, { _id: 2 }])
  await database.prepared
})

t.test('a command that fails says so, be it in part, and the database serves nobody', async (t) => {
  const faults: RunCommand = async (command) => { throw new Error(`unreached ${JSON.stringify(command)}`) }
  let run = faults
  const { uri } = await open(t, { async prepare (given) { run = given } })
  t.match(uri, /^mongodb:/)
  await t.rejects(run({ insert: 'things', documents: [{ _id: 1 }, { _id: 1 }], $db: 'test' }), { message: /^insert: .*E11000/ })
  await t.rejects(run({ unheardOf: 1, $db: 'test' }), { message: /^unheardOf: .*no such command/ })

  const broken = await startEmbeddedDatabase({ async prepare () { throw new Error('no data') }, ttlIntervalMs: 1 })
  t.teardown(() => broken.close())
  const socket = openSocket(Number(new URL(broken.uri).port), '127.0.0.1').resume()
  await Promise.all([once(socket, 'close'), t.rejects(broken.prepared, { message: 'no data' })])
})
