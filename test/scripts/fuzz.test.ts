import fc from 'fast-check'
import { buildSchema, parse, validate } from 'graphql'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { checkAny, checkGraphql, checkRest } from '../../scripts/fuzz/checks.ts'
import { fuzz } from '../../scripts/fuzz/fuzz.ts'
import { graphqlShots } from '../../scripts/fuzz/graphql.ts'
import { run } from '../process.ts'

const answer = { status: 200, type: 'application/json', body: '{}', ms: 1 }

t.test('300 requests of each kind find nothing, and are repeated by their seed', async (t) => {
  const { requests, seed, counts } = await fuzz({ count: 300, seconds: 100, seed: 7 })

  t.equal(requests, 300)
  t.equal(seed, 7)
  t.ok((counts['rest 200'] ?? 0) > 10, 'valid requests are answered')
  t.ok((counts['rest 400'] ?? 0) > 10, 'others are refused')
  t.ok((counts['graphql 200'] ?? 0) > 10)
})

t.test('what must not be is found', async (t) => {
  const problem = { ...answer, status: 404, type: 'application/problem+json', body: '{"status":404,"code":"NOT_FOUND"}' }
  const shot = { method: 'GET', path: '/v1/things', headers: {}, isValid: true, operation: { responses: { 200: { content: { 'application/json': { schema: { type: 'object', required: ['a'] } } } } } } }

  t.throws(() => { checkAny({ ...answer, status: 500 }) }, /status 500/)
  t.throws(() => { checkAny({ ...answer, ms: 6000 }) }, /6000 ms/)
  t.throws(() => { checkAny({ ...answer, status: 400, body: 'at handle (/app/node_modules/x)' }) }, /inside/)
  t.throws(() => { checkRest(shot, { ...answer, status: 400, body: '{}' }) }, /is of type/)
  t.throws(() => { checkRest(shot, { ...problem, body: '{"status":404}' }) }, /no problem details/)
  t.throws(() => { checkRest(shot, problem) }, /404, which is not described/)
  t.throws(() => { checkRest(shot, answer) }, /must have required property/)
  t.doesNotThrow(() => { checkRest({ ...shot, isValid: false }, problem) })
  const graphql = { method: 'POST', path: '/graphql', headers: {}, isValid: true }
  t.throws(() => { checkGraphql(graphql, answer) }, /neither data nor errors/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"extensions":{"code":"INTERNAL_ERROR"}}]}' }) }, /without a code/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"message":"x"}]}' }) }, /without a code/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}' }) }, /not parsed/)
})

t.test('operations that are called valid are', async (t) => {
  const schema = buildSchema(await readFile(join(import.meta.dirname, '../../schemas/schema.graphql'), 'utf8'))
  const shots = fc.sample(graphqlShots(schema, ['f'.repeat(24)]), { numRuns: 200, seed: 7 }).filter(({ isValid }) => isValid)

  t.ok(shots.length > 20)
  for (const { body = '' } of shots) t.strictSame(validate(schema, parse((JSON.parse(body) as { query: string }).query)).filter(({ message }) => !/Expected|argument/.test(message)), [])
})

t.test('the command takes a count and a seed, and refuses what is no number', async (t) => {
  t.equal(await run(t, ['scripts/fuzz/index.ts', '--count', 'many'], {}).exited, 2)
  const command = run(t, ['scripts/fuzz/index.ts', '--count', '20', '--seed', '7', '--seconds', '60'], {})

  t.equal(await command.exited, 0, command.output())
  t.match(command.output(), /20 requests: no 5xx.*\(seed 7\)/)
})
