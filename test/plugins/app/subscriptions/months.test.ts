import fc from 'fast-check'
import t from 'tap'
import { addMonths } from '../../../../plugins/app/subscriptions/months.ts'

const later = (time: string, months: number) => addMonths(new Date(time), months).toISOString()

t.test('calendar months are added in UTC, to the last day of a month that is too short', async (t) => {
  const cases = [
    ['2026-11-27T09:30:15.123Z', 1, '2026-12-27T09:30:15.123Z'],
    ['2026-11-27T09:30:15.123Z', 24, '2028-11-27T09:30:15.123Z'],
    ['2026-01-31T23:59:59.999Z', 1, '2026-02-28T23:59:59.999Z'],
    ['2028-01-31T00:00:00.000Z', 1, '2028-02-29T00:00:00.000Z'],
    ['2028-02-29T00:00:00.000Z', 12, '2029-02-28T00:00:00.000Z'],
    ['2026-12-31T12:00:00.000Z', 2, '2027-02-28T12:00:00.000Z'],
    ['2026-08-31T12:00:00.000Z', 1, '2026-09-30T12:00:00.000Z']
  ] as const
  for (const [time, months, expected] of cases) t.equal(later(time, months), expected, `${time} + ${months}`)
})

t.test('months never shorten a subscription, nor run over into the next month', async (t) => {
  const times = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(fc.property(times, fc.integer({ min: 1, max: 24 }), (time, months) => {
    const end = addMonths(time, months)
    const monthOf = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth()
    return end > time && monthOf(end) - monthOf(time) === months && end.getUTCDate() <= time.getUTCDate() && end.getTime() % 86_400_000 === time.getTime() % 86_400_000
  }))
  t.pass()
})
