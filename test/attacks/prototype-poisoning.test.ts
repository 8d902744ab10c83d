import t from 'tap'
import { json, listen } from './helper.ts'

const BODIES = [
  '{"username":"a","password":"b","__proto__":{"isAdmin":true}}',
  '{"username":"a","password":"b","\\u005f_proto__":{"isAdmin":true}}',
  '{"username":{"__proto__":{"isAdmin":true}},"password":"b"}',
  '[[{"__proto__":{"isAdmin":true}}]]',
  '{"username":"a","password":"b","constructor":{"prototype":{"isAdmin":true}}}',
  '{"username":"a","password":"b","a":{"constructor":{"prototype":{"isAdmin":true}}}}',
  '{"username":"a","password":"b","prototype":{"isAdmin":true}}',
  '{"username":"a","password":"b","toString":1,"hasOwnProperty":1,"valueOf":1}'
]
const NAMES = ['__proto__', 'constructor', 'prototype', '__proto__[isAdmin]', 'constructor[prototype][isAdmin]', '__proto__.isAdmin', 'hasOwnProperty', 'toString', '%5f%5fproto%5f%5f']

t.test('no prototype is reached by a body, a query, a path or a variable', async (t) => {
  const { origin, people: { analyst }, isWell } = await listen(t)

  for (const body of BODIES) {
    for (const [path, headers] of [['/v1/sessions', {}], ['/v1/users', {}], ['/v1/signals', analyst.headers]] as const) {
      t.equal((await fetch(origin + path, json(body, headers))).status, 400, `${path} ${body}`)
    }
    const { status } = await fetch(`${origin}/graphql`, json(`{"query":"{ topAnalysts { id } }","variables":${body}}`))
    t.ok(status === 400 || status === 200, `variables ${body}`)
  }
  for (const name of NAMES) {
    t.equal((await fetch(`${origin}/v1/signals?${name}=true`)).status, 400, `query ${name}`)
    t.equal((await fetch(`${origin}/v1/signals/${name}`)).status, 400, `path ${name}`)
    t.equal((await fetch(`${origin}/v1/signals?fields=${name}`)).status, 400, `fields ${name}`)
    t.equal((await fetch(`${origin}/v1/market/${name}/candles`)).status, 400, `symbol ${name}`)
  }
  t.equal(Reflect.get({}, 'isAdmin'), undefined)
  t.equal(Reflect.get([], 'isAdmin'), undefined)
  t.ok(await isWell())
})

t.test('names of prototypes are no fields, fragments or operations of GraphQL', async (t) => {
  const { origin, isWell } = await listen(t)
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
    for (const query of [`{ ${name} }`, `{ topAnalysts { ${name} } }`, `{ ...${name} }`, `query ${name} { ${name}: ${name} }`, `{ signals(${name}: 1) { pageInfo { hasNextPage } } }`]) {
      const response = await fetch(`${origin}/graphql`, json({ query, operationName: name }))
      t.match(await response.json(), { errors: [{ extensions: { code: String } }] }, query)
      t.ok(response.status < 500)
    }
    const aliased = await fetch(`${origin}/graphql`, json({ query: `query ${name} { ${name}: topAnalysts { ${name}: id } }`, operationName: name }))
    t.ok(aliased.status < 500, `alias ${name}`)
  }
  t.equal(Reflect.get({}, 'id'), undefined)
  t.ok(await isWell())
})

t.test('the second of two equal keys counts for everybody or for nobody', async (t) => {
  const { origin, people: { user }, isWell } = await listen(t)
  const twice = await fetch(`${origin}/v1/users/me`, json('{"username":"first-name","username":{"$ne":null}}', user.headers, 'PATCH'))

  t.equal(twice.status, 400)
  const valid = await fetch(`${origin}/v1/users/me`, json('{"username":{"$ne":null},"username":"second-name"}', user.headers, 'PATCH'))
  t.match(await valid.json(), { username: 'second-name' })
  t.ok(await isWell())
})
