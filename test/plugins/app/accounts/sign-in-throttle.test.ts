import t from 'tap'
import { createSignInThrottle } from '../../../../plugins/app/accounts/sign-in-throttle.ts'

t.test('after five attempts a pair waits, longer each time, and no other does', (t) => {
  let now = 1e12
  t.intercept(Date, 'now', { value: () => now })
  const { begin } = createSignInThrottle((waitS) => new Error(`wait ${waitS}`))
  const times = (count: number, username: string, address: string) => { for (let n = 0; n < count; n += 1) begin(username, address) }

  times(5, 'rami', '1.2.3.4')
  t.throws(() => begin('rami', '1.2.3.4'), { message: 'wait 1' })
  t.doesNotThrow(() => begin('rami', '1.2.3.5'), 'the owner is elsewhere')
  t.doesNotThrow(() => begin('sami', '1.2.3.4'), 'so is another user at the same place')
  for (const wait of [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]) {
    now += 900_000 - 1
    begin('rami', '1.2.3.4')
    t.throws(() => begin('rami', '1.2.3.4'), { message: `wait ${wait}` })
  }
  t.end()
})

t.test('success forgives', (t) => {
  const { begin } = createSignInThrottle(() => new Error('wait'))
  for (let n = 0; n < 20; n += 1) t.doesNotThrow(() => begin('rami', '1.2.3.4')())
  t.end()
})
