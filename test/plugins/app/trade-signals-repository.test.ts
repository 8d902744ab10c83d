import { ObjectId, type CommandStartedEvent } from 'mongodb'
import t from 'tap'
import { BUY } from '../../people.ts'
import { buildRepositories } from '../../services.ts'

const [OWNER, RIVAL, MISSING] = ['a', 'b', 'f'].map((digit) => digit.repeat(24)) as [string, string, string]

async function build (t: Parameters<typeof buildRepositories>[0]) {
  const fastify = await buildRepositories(t)
  await fastify.ready()
  return { fastify, repository: fastify.tradeSignalsRepository }
}

t.test('a new signal is active and has its first version', async (t) => {
  const { repository } = await build(t)
  const created = await repository.create({ analyst_id: OWNER, ...BUY })

  t.match(created, { ...BUY, analyst_id: new ObjectId(OWNER), status: 'active', version: 1, created_at: Date, closed_at: null })
  t.strictSame(await repository.findById(created._id.toHexString()), created)
  for (const id of [MISSING, 'nonsense']) t.equal(await repository.findById(id), null)
  const found = await repository.findByIds([created._id.toHexString(), MISSING, 'nonsense'], ['symbol'])
  t.strictSame([...found.keys()], [created._id.toHexString()])
})

t.test('a change counts once, on the version that it saw', async (t) => {
  const { repository } = await build(t)
  const { _id } = await repository.create({ analyst_id: OWNER, ...BUY })
  const id = _id.toHexString()

  const attempts = await Promise.all([1, 2, 3].map((n) => repository.update(id, 1, { stop_loss: `5800${n}` })))
  t.strictSame(attempts.map(({ outcome }) => outcome).sort(), ['stale', 'stale', 'updated'])
  t.match(await repository.update(id, null, { targets: ['70000'] }), { outcome: 'updated', signal: { version: 3, targets: ['70000'], closed_at: null } })
  t.match(await repository.update(id, 3, { status: 'active' }), { outcome: 'updated', signal: { version: 4, closed_at: null } })
  t.match(await repository.update(id, 4, { status: 'hit' }), { outcome: 'updated', signal: { version: 5, status: 'hit', closed_at: Date } })
})

t.test('a closed signal stays as it is', async (t) => {
  const { repository } = await build(t)
  const { _id } = await repository.create({ analyst_id: OWNER, ...BUY })
  const id = _id.toHexString()
  await repository.update(id, null, { status: 'stopped' })

  for (const version of [null, 2]) t.strictSame(await repository.update(id, version, { status: 'hit' }), { outcome: 'closed' })
  t.strictSame(await repository.update(id, 1, { status: 'hit' }), { outcome: 'stale' }, 'the precondition is looked at first')
  for (const unknown of [MISSING, 'nonsense']) t.strictSame(await repository.update(unknown, null, {}), { outcome: 'missing' })
  t.match(await repository.findById(id), { status: 'stopped', version: 2 })
})

t.test('signals are listed from new to old by any of the filters', async (t) => {
  const { fastify, repository } = await build(t)
  const signals = fastify.documents.collection('trade_signals')
  const rows = [[OWNER, 'BTCUSDT', 'active'], [OWNER, 'ETHUSDT', 'hit'], [RIVAL, 'BTCUSDT', 'hit'], [OWNER, 'BTCUSDT', 'hit']] as const
  await signals.insertMany(rows.map(([owner, symbol, status], i) =>
    ({ n: i, analyst_id: new ObjectId(owner), symbol, status, created_at: new Date(i * 1000) })))
  const list = async (query: Partial<Parameters<typeof repository.list>[0]>) =>
    (await repository.list({ limit: 9, ...query })).items.map((item) => item.created_at.getTime() / 1000)

  t.strictSame(await list({}), [3, 2, 1, 0])
  t.strictSame(await list({ analyst_id: OWNER }), [3, 1, 0])
  t.strictSame(await list({ symbol: 'BTCUSDT', status: 'hit' }), [3, 2])
  t.strictSame(await list({ from: new Date(1000), to: new Date(3000) }), [2, 1], 'from is part of the range, to is not')
  t.strictSame(await list({ to: new Date(1000) }), [0])
  t.strictSame(await list({ from: new Date(2000), analyst_id: OWNER }), [3])
  t.strictSame(await list({ analyst_id: 'nonsense' }), [], 'an analyst that cannot exist has no signals')

  const { nextCursor } = await repository.list({ limit: 1, from: new Date(1000) })
  t.strictSame(await list({ from: new Date(1000), cursor: nextCursor ?? '' }), [2, 1])
})

t.test('the first pages of many analysts take one command', async (t) => {
  const { fastify, repository } = await build(t)
  for (const owner of [OWNER, RIVAL, OWNER, OWNER]) await repository.create({ analyst_id: owner, ...BUY })
  const commands: string[] = []
  fastify.mongo.client.on('commandStarted', ({ commandName }: CommandStartedEvent) => commands.push(commandName))
  const others = Array.from({ length: 97 }, (_, i) => `${MISSING.slice(2)}${String(i).padStart(2, '0')}`)

  const pages = await repository.pagesForAnalysts([OWNER, RIVAL, 'nonsense', ...others], { limit: 2, fields: ['symbol'] })
  t.strictSame(commands, ['aggregate'])
  t.strictSame([...pages.keys()], [OWNER, RIVAL, 'nonsense', ...others])
  t.equal(pages.get(OWNER)?.items.length, 2)
  t.equal(pages.get(RIVAL)?.nextCursor, null)
  t.strictSame(pages.get('nonsense')?.items, [])
  const next = await repository.list({ analyst_id: OWNER, limit: 2, cursor: pages.get(OWNER)?.nextCursor ?? '' })
  t.equal(next.items.length, 1, 'the list goes on where a first page ends')

  commands.length = 0
  t.equal((await repository.pagesForAnalysts([OWNER], { limit: 2, status: 'hit' })).get(OWNER)?.items.length, 0)
  t.equal((await repository.pagesForAnalysts([], { limit: 2 })).size, 0)
  t.strictSame(commands, ['aggregate'], 'nothing asked, nothing sent')
})

t.test('only the asked fields, and what rules need, cross the wire', async (t) => {
  const { fastify, repository } = await build(t)
  const { _id } = await repository.create({ analyst_id: OWNER, ...BUY })
  const sent: Record<string, unknown>[] = []
  fastify.mongo.client.on('commandStarted', ({ command }: CommandStartedEvent) => sent.push(command))
  const rules = { analyst_id: 1, status: 1, version: 1, created_at: 1 }

  await repository.findById(_id.toHexString(), ['symbol'])
  await repository.findByIds([_id.toHexString()], ['side'])
  await repository.list({ limit: 1, fields: ['entry'] })
  t.strictSame(sent.map(({ projection }) => projection), [{ ...rules, symbol: 1 }, { ...rules, side: 1 }, { ...rules, entry: 1 }])
  const pages = await repository.pagesForAnalysts([OWNER], { limit: 1, fields: ['entry'] })
  t.strictSame(pages.get(OWNER)?.items.map((item) => Object.keys(item).sort()), [['_id', 'analyst_id', 'created_at', 'entry', 'status', 'version']])
})
