import type { Test } from 'tap'
import type { Environment } from '../../schemas/config.ts'
import { buildGraphql, type Answer } from '../routes/graphql/client.ts'

/** What is sent, and how the server must refuse it. */
export interface Attack {
  name: string
  /** The body of a POST of JSON; text goes as it is. */
  body?: object | string
  /** Parameters of a GET in place of a body. */
  search?: Record<string, string>
  headers?: Record<string, string>
  status: number
  code: string
}

export const repeat = (times: number, text: (i: number) => string) => Array.from({ length: times }, (_, i) => text(i)).join(' ')

/** Fragments of which each spreads the next one `levels` times doubled, in the form that `spread` gives. */
export function fanOut (levels: number, spread = (name: string) => `...${name} ...${name}`, type = 'Query', leaf = '__typename'): string {
  return `${repeat(levels, (i) => `fragment F${i} on ${type} { ${spread(`F${i + 1}`)} }`)} fragment F${levels} on ${type} { ${leaf} }`
}

function toRequest (url: string, { body, search, headers }: Attack): [string, RequestInit] {
  if (search) return [`${url}?${new URLSearchParams(search)}`, { headers: { accept: 'application/graphql-response+json', ...headers } }]
  return [url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body)
  }]
}

/** The server, listening, with a test for each attack: its status, its code, and that the server goes on answering. */
export async function buildTarget (t: Test, env: Environment = {}) {
  const server = await buildGraphql(t, env)

  async function attack (one: Attack): Promise<void> {
    const response = await fetch(...toRequest(server.url, one))
    const answer = await response.json() as Answer
    t.strictSame([response.status, answer.errors?.[0]?.extensions.code], [one.status, one.code], one.name)
    t.notOk(JSON.stringify(answer).includes('node_modules'), 'nothing inside is shown')
    const alive = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' })
    t.equal(alive.status, 200, 'it goes on answering')
  }

  return { ...server, attack }
}
