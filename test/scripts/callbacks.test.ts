import t from 'tap'
import { applyAll, providers } from '../callbacks.ts'
import { buildApp } from '../helper.ts'
import { addPerson } from '../people.ts'
import { run } from '../process.ts'
import { DEMO_PROVIDER_SECRET } from '../../schemas/config.ts'

const COMMAND = 'scripts/callbacks/index.ts'

t.test('npm run callback tells of payments as their provider would', async (t) => {
  const fastify = await buildApp(t, { env: { PAYMENT_PROVIDERS: `${providers.PAYMENT_PROVIDERS},demo:${DEMO_PROVIDER_SECRET}` } })
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
  const { user_id: id } = await addPerson(fastify, 'payer')
  const command = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const running = run(t, [COMMAND, '--url', url, '--user', String(id), ...args], env)
    const code = await running.exited
    return { code, output: running.output() }
  }
  const balance = async () => (await fastify.documents.collection('users').findOne({ user_id: id }))?.balance as number - 10_000_000_000

  t.match(await command(['--amount', '10.000000']), { code: 0, output: /^\{"id":"evt_\w+","type":"payment.succeeded".*\n202 \{"id":"demo\.evt_\w+"\}\n$/ })
  await applyAll(fastify)
  t.equal(await balance(), 10_000_000)

  const named = ['--provider', 'acme', '--payment', 'pay_1', '--amount', '5.000000']
  t.match(await command([...named, '--event', 'evt_1'], providers), { code: 0, output: /202 \{"id":"acme\.evt_1"\}/ })
  t.match(await command([...named, '--type', 'payment.refunded'], providers), { code: 0 })
  await applyAll(fastify)
  t.equal(await balance(), 10_000_000)

  t.match(await command(['--amount', '5']), { code: 1, output: /400 .*VALIDATION_FAILED/ })
  t.match(await command(named), { code: 2, output: "PAYMENT_PROVIDERS does not name 'acme'\n" })
  t.match(await command([]), { code: 2, output: '--user and --amount are needed\n' })
})
