import { Decimal128, Long, ObjectId } from 'mongodb'
import t from 'tap'
import { decodeEntry, decodeValue, encodeEntry, encodeValue } from '../../../../plugins/app/cache/entry.ts'

const TIMES = { loadedAt: 1, freshUntil: 2, staleUntil: 3, expiresAt: 4 }

t.test('a value comes back as the driver would have read it', async (t) => {
  const document = { id: new ObjectId(), at: new Date(), amount: Decimal128.fromString('1.5'), micro: 9_007_199_254_740_991, list: [1, null, { deep: 'ن' }], none: null }
  t.strictSame(decodeValue(encodeValue(document)), document)
  t.equal(decodeValue(encodeValue(Long.fromNumber(5))), 5)
  for (const value of [null, 0, '', false, []]) t.strictSame(decodeValue(encodeValue(value)), value)
  t.equal(decodeValue(encodeValue(undefined)), undefined)
  t.strictSame(decodeValue(encodeValue({ gone: undefined, here: 1 })), { here: 1 })
})

t.test('each read is a copy, and the bytes keep no larger buffer alive', async (t) => {
  const bytes = encodeValue({ list: [1] })
  const one = decodeValue(bytes) as { list: number[] }
  one.list.push(2)

  t.strictSame(decodeValue(bytes), { list: [1] })
  t.equal(bytes.buffer.byteLength, bytes.byteLength)
})

t.test('an entry counts while all its tags have the versions from before its load', async (t) => {
  const bytes = encodeValue('value')
  const stored = encodeEntry({ ...TIMES, bytes }, { a: '1', b: '2' })
  const decoded = decodeEntry(stored, { a: '1', b: '2' })

  t.strictSame(decoded, { ...TIMES, bytes })
  t.equal(decoded?.bytes.buffer.byteLength, bytes.byteLength)
  t.equal(decodeEntry(stored, { a: '1', b: 'other' }), undefined)
  t.equal(decodeEntry(stored, { a: '1' }), undefined)
  t.equal(decodeEntry(null, {}), undefined)
})

t.test('what is damaged or of another kind is no entry', async (t) => {
  const stored = encodeEntry({ ...TIMES, bytes: encodeValue('value') }, {})

  t.equal(decodeEntry(stored.subarray(0, 20), {}), undefined)
  t.equal(decodeEntry(Buffer.from('nonsense'), {}), undefined)
  t.equal(decodeEntry(encodeValue('value'), {}), undefined)
})
