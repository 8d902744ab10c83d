import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import t from 'tap'
import exporting from '../../../../plugins/app/exports/index.ts'
import { run } from '../../../process.ts'
import { buildRepositories } from '../../../services.ts'

t.test('this Node.js knows the flag that keeps rows out of the old generation', async (t) => {
  t.equal(await run(t, ['--no-allocation-site-pretenuring', '--version'], {}).exited, 0)
})

t.test('what outlives collections is no reason to make the next of its kind in the old generation', async (t) => {
  const fastify = await buildRepositories(t)
  await fastify.register(exporting)
  setFlagsFromString('--allow-natives-syntax')
  const isYoung = runInThisContext('(value) => %InYoungGeneration(value)') as (value: unknown) => boolean

  // without the plugin V8 decides otherwise in about half of the rounds
  for (let round = 0; round < 4; round++) {
    const make = runInThisContext(`(n) => [n, n, n, ${round}]`) as (n: number) => number[]
    const kept = Array.from({ length: 1_000_000 }, (_, n) => make(n))
    t.ok(isYoung(make(kept.length)))
  }
})
