import fc from 'fast-check'
import t, { type Test } from 'tap'
import money from '../../../plugins/app/money.ts'
import { buildBare } from '../../helper.ts'

async function build (test: Test) {
  const fastify = buildBare(test)
  await fastify.register(money)
  return fastify.money
}

t.test('amounts are texts with six decimals', async (t) => {
  const { format } = await build(t)

  t.equal(format(1_250_500_000), '1250.500000')
  t.equal(format(-1), '-0.000001')
  t.equal(format(0), '0.000000')
  t.equal(format(-0), '0.000000')
})

t.test('an amount survives the way out and back in, exactly', async (t) => {
  const { format, parse } = await build(t)

  fc.assert(fc.property(fc.maxSafeInteger(), (micro) => parse(format(micro)) === micro))
  t.equal(Object.is(parse('-0.000000'), 0), true, 'there is no negative zero')
})

t.test('what is not an amount is refused', async (t) => {
  const { parse } = await build(t)

  for (const text of ['', '1', '1.5', '1.0000000', '1e3', ' 1.000000', '0x1.000000', '9999999999999.000000']) {
    t.throws(() => parse(text), RangeError, text)
  }
})
