import t from 'tap'
import { checkAny, checkGraphql, checkRest } from '../../scripts/fuzz/checks.ts'
import { run } from '../process.ts'

const answer = { status: 200, type: 'application/json', body: '{}', ms: 1 }

t.test('300 requests find nothing: valid ones are answered, others are refused', async (t) => {
  const command = run(t, ['scripts/fuzz/index.ts', '--count', '300', '--seed', '7', '--seconds', '100'], {})

  t.equal(await command.exited, 0, command.output())
  t.match(command.output(), /300 requests: no 5xx.*\(seed 7\)/)
  for (const kind of ['rest 200', 'rest 400', 'graphql 200', 'raw 400']) t.match(command.output(), kind)
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
  t.doesNotThrow(() => { checkGraphql(graphql, { ...answer, body: '[{"data":{}},{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"}}]}]' }) })
  t.doesNotThrow(() => { checkRest(shot, { ...answer, body: '{"a":1}' }) })
  t.throws(() => { checkGraphql(graphql, answer) }, /neither data nor errors/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"extensions":{"code":"INTERNAL_ERROR"}}]}' }) }, /without a code/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"message":"x"}]}' }) }, /without a code/)
  t.throws(() => { checkGraphql(graphql, { ...answer, body: '{"errors":[{"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}]}' }) }, /not parsed/)
})

t.test('a number that is none is refused', async (t) => {
  t.equal(await run(t, ['scripts/fuzz/index.ts', '--count', 'many'], {}).exited, 2)
})
