import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import withdrawalAddresses from '../../../../plugins/app/withdrawal-addresses/index.ts'
import { DECLARED_INDEXES } from '../../../../plugins/app/indexes/declarations.ts'
import { MAX_ADDRESSES_PER_USER, type Network } from '../../../../schemas/withdrawal-addresses.ts'
import { addPerson } from '../../../people.ts'
import { buildRepositories } from '../../../services.ts'

const WAIT_MS = 3_600_000
const ERC20 = { network: 'ERC20', address: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', label: 'cold' } as const
const TRC20 = { network: 'TRC20', address: 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t', label: 'hot' } as const
const COLLECTION = 'withdrawal_addresses'

/** The plugin alone, with the time of this process standing still until it is moved. */
async function build (test: Test) {
  const fastify = await buildRepositories(test, { WITHDRAWAL_ADDRESS_WAIT_MS: WAIT_MS })
  await fastify.register(withdrawalAddresses)
  await fastify.ready()
  const documents = fastify.documents.collection(COLLECTION)
  for (const { key, options } of DECLARED_INDEXES.filter(({ collection }) => collection === COLLECTION)) await documents.createIndex(key, options)
  const { now: real } = Date
  let time = real()
  Date.now = () => time
  test.teardown(() => { Date.now = real })
  return { fastify, book: fastify.withdrawalAddresses, documents, advance: (ms: number) => { time += ms } }
}

/** Addresses with a good checksum and no letter, so that EIP-55 has one spelling for them. */
const numbered = (n: number) => ({ network: 'ERC20' as const, address: `0x${String(n).padStart(40, '1')}`, label: `${n}` })

async function audit (fastify: FastifyInstance) {
  const { items } = await fastify.auditLog.list({ limit: 20 })
  return items.map(({ action, actor_id: actor, target, outcome }) => ({ action, actor, target, outcome }))
}

t.test('a new address waits before it is usable, and anew when it is added again', async (t) => {
  const { fastify, book, advance } = await build(t)
  const { user_id: userId, caller } = await addPerson(fastify, 'owner')
  const use = ({ network, address }: { network: Network, address: string }) => book.requireUsable(userId, network, address)
  const added = await book.create(caller, ERC20)
  const usableAt = new Date(Date.now() + WAIT_MS).toISOString()
  t.match(added, { id: /^[0-9a-f]{24}$/, ...ERC20, created_at: new Date(Date.now()).toISOString(), usable_at: usableAt })

  await t.rejects(use(ERC20), { statusCode: 403, code: 'ADDRESS_WAITING', message: `The address is new: withdrawals may go there from ${usableAt}` })
  advance(WAIT_MS - 1)
  await t.rejects(use(ERC20), { code: 'ADDRESS_WAITING' })
  advance(1)
  t.match(await use(ERC20), { user_id: userId, address: ERC20.address })

  await book.remove(caller, added.id)
  await t.rejects(use(ERC20), { statusCode: 422, code: 'ADDRESS_UNKNOWN' })
  await book.create(caller, ERC20)
  await t.rejects(use(ERC20), { code: 'ADDRESS_WAITING' })
})

t.test('an address counts for its user and its network only', async (t) => {
  const { fastify, book, advance } = await build(t)
  const [owner, stranger] = [await addPerson(fastify, 'owner'), await addPerson(fastify, 'stranger')]
  const { id } = await book.create(owner.caller, ERC20)
  await book.create(owner.caller, TRC20)
  advance(WAIT_MS)

  await t.rejects(book.requireUsable(stranger.user_id, 'ERC20', ERC20.address), { code: 'ADDRESS_UNKNOWN' })
  await t.rejects(book.requireUsable(owner.user_id, 'TRC20', ERC20.address), { code: 'ADDRESS_UNKNOWN' })
  await t.rejects(book.requireUsable(owner.user_id, 'ERC20', ERC20.address.toLowerCase()), { code: 'ADDRESS_UNKNOWN' })
  t.strictSame(await book.list(stranger.user_id), [])
  for (const wrong of [id, 'nonsense']) await t.rejects(book.remove(stranger.caller, wrong), { message: 'There is no such withdrawal address' })
  t.strictSame((await book.list(owner.user_id)).map(({ label }) => label).sort(), ['cold', 'hot'])
  t.ok(await book.create(stranger.caller, ERC20), 'two users may have the same')
})

t.test('what is no good address is refused, naming network and rule', async (t) => {
  const { fastify, book, documents } = await build(t)
  const { caller } = await addPerson(fastify, 'owner')

  await t.rejects(book.create(caller, { ...ERC20, address: ERC20.address.toLowerCase() }), { statusCode: 422, code: 'ADDRESS_CHECKSUM', message: 'This is no ERC20 address with the checksum of EIP-55 (https://eips.ethereum.org/EIPS/eip-55)' })
  await t.rejects(book.create(caller, { ...TRC20, address: ERC20.address }), { code: 'ADDRESS_CHECKSUM', message: /^This is no TRC20 address with the checksum of base58check/ })
  await t.rejects(book.create(caller, { ...ERC20, address: `0x${'0'.repeat(40)}` }), { statusCode: 422, code: 'ADDRESS_ZERO' })
  t.equal(await documents.countDocuments(), 0)
})

t.test('the same address is added once, however often it is sent at once', async (t) => {
  const { fastify, book, documents } = await build(t)
  const { caller } = await addPerson(fastify, 'owner')
  // some engines fail a few of those that meet at one place
  await Promise.allSettled(Array.from({ length: 8 }, () => book.create(caller, ERC20)))

  t.equal(await documents.countDocuments(), 1)
  await t.rejects(book.create(caller, { ...ERC20, label: 'again' }), { statusCode: 409, code: 'ADDRESS_EXISTS' })
})

t.test('a user has so many addresses at most, however many are added at once', async (t) => {
  const { fastify, book, documents } = await build(t)
  const { caller } = await addPerson(fastify, 'owner')
  await Promise.allSettled(Array.from({ length: MAX_ADDRESSES_PER_USER + 5 }, (_, n) => book.create(caller, numbered(n))))
  t.ok(await documents.countDocuments() <= MAX_ADDRESSES_PER_USER)
  for (let n = 100; await documents.countDocuments() < MAX_ADDRESSES_PER_USER; n++) await book.create(caller, numbered(n))

  await t.rejects(book.create(caller, numbered(200)), { statusCode: 409, code: 'TOO_MANY_ADDRESSES' })
  await t.rejects(book.create(caller, numbered(200)), { message: 'A user has at most 20 withdrawal addresses' })
})

t.test('other failures than a taken place are told', async (t) => {
  const { fastify, book } = await build(t)
  const { caller } = await addPerson(fastify, 'owner')
  await t.rejects(book.create(caller, { ...ERC20, label: 'x'.repeat(17_000_000) }), 'longer than any document')
})

t.test('adding and removing are in the audit log, refusals too', async (t) => {
  const { fastify, book } = await build(t)
  const { caller, user_id: actor } = await addPerson(fastify, 'owner')
  const { id } = await book.create(caller, ERC20)
  await t.rejects(book.create(caller, ERC20))
  await book.remove(caller, id)
  await t.rejects(book.remove(caller, id))
  const target = `withdrawal_address:${id}`

  t.strictSame((await audit(fastify)).reverse(), [
    { action: 'withdrawal_address_add', actor, target, outcome: 'ok' },
    { action: 'withdrawal_address_add', actor, target: null, outcome: 'refused' },
    { action: 'withdrawal_address_remove', actor, target, outcome: 'ok' },
    { action: 'withdrawal_address_remove', actor, target, outcome: 'refused' }
  ])
})
