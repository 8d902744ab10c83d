import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { startEmbeddedDatabase } from '../../../embedded/index.ts'
import { startProxy } from '../../../scripts/chaos/proxy.ts'
import { createWatch } from '../../../scripts/chaos/watch.ts'
import { run } from '../../process.ts'

/**
 * A database that keeps what was committed when it dies: all that its clients see of it is a proxy, and the transactions that are
 * under way then are given up. With the commands that kill and start it.
 */
async function startMortalDatabase (t: Test) {
  const database = await startEmbeddedDatabase()
  const [proxy, client] = await Promise.all([startProxy(database.uri, createWatch()), MongoClient.connect(database.uri)])
  const done: string[] = []
  async function kill (): Promise<void> {
    proxy.cut()
    const sessions = proxy.takeAbandoned()
    if (sessions.length > 0) await client.db('admin').command({ killSessions: sessions })
  }
  const control = createServer(async ({ url = '' }, response) => {
    done.push(url.slice(1))
    if (url === '/kill') await kill()
    else proxy.mend()
    response.end()
  }).listen(0, '127.0.0.1')
  await once(control, 'listening')
  t.teardown(async () => {
    control.close()
    proxy.close()
    await client.close()
    await database.close()
  })
  const { port } = control.address() as AddressInfo
  const command = (name: string) => `"${process.execPath}" -e "fetch('http://127.0.0.1:${port}/${name}').then(({ ok }) => process.exit(Number(!ok)))"`
  return { done, env: { MONGODB_URI: proxy.uri, CHAOS_KILL_DATABASE: command('kill'), CHAOS_START_DATABASE: command('start') } }
}

t.test('the database is killed at a chosen moment and started again, and nothing is wrong then', async (t) => {
  const { done, env } = await startMortalDatabase(t)
  const args = ['--runs', '2', '--seconds', '30', '--seed', '5', '--path', 'adjustments', '--strike', 'kill-database', '--kill-database']
  const command = run(t, ['scripts/chaos/index.ts', ...args], env)

  t.equal(await command.exited, 0, command.output())
  t.match(command.output(), /adjustments, api: kill-database │ 1 /)
  t.match(command.output(), /\n1 of \d+ moments were struck\n/)
  t.strictSame(done.slice(0, 2), ['kill', 'start'])
})
