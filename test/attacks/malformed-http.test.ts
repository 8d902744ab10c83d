import t from 'tap'
import { listen } from './helper.ts'

const HEAD = 'Host: a\r\nConnection: close\r\n'
const POST = `POST /v1/sessions HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\n`

const CASES: [name: string, bytes: string, status: number][] = [
  ['what is no HTTP', 'nonsense\r\n\r\n', 400],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['an HTTP version that there is not', `GET / HTTP/9.9\r\n${HEAD}\r\n`, 400],
  ['a lower-case method', `get / HTTP/1.1\r\n${HEAD}\r\n`, 400],
  ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a space before the colon of a header', `GET / HTTP/1.1\r\n${HEAD}Content-Length : 5\r\n\r\nhello`, 400],
  ['a null byte in a header', `GET / HTTP/1.1\r\n${HEAD}X-A: a\0b\r\n\r\n`, 400],
  ['a folded header', `GET / HTTP/1.1\r\n${HEAD}X-A: a\r\n b\r\n\r\n`, 400],
  ['a line feed alone in a header', `GET / HTTP/1.1\r\n${HEAD}X-A: a\n\tTransfer-Encoding: chunked\r\n\r\n`, 400],
  ['a length and chunks', `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['chunks and a length', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG`, 400],
  ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
  ['a list of lengths', `${POST}Content-Length: 2, 3\r\n\r\n{}`, 400],
  ['a negative length', `${POST}Content-Length: -1\r\n\r\n{}`, 400],
  ['a hexadecimal length', `${POST}Content-Length: 0x2\r\n\r\n{}`, 400],
  ['an unknown transfer encoding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  ['chunks that are not the last encoding', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
  ['a chunk that is none', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
  ['an endless chunk extension', `${POST}Transfer-Encoding: chunked\r\n\r\n2;a=${'b'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, 413],
  ['an expectation that nobody meets', `GET /v1/signals HTTP/1.1\r\n${HEAD}Expect: wonders\r\n\r\n`, 417]
]

t.test('requests that two servers may read in two ways are refused and their connection ended', async (t) => {
  const { send, isWell } = await listen(t)

  for (const [name, bytes, status] of CASES) {
    const answer = await send(bytes)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), name)
    t.equal([...answer.matchAll(/HTTP\/1\.1/g)].length, 1, `${name}: nothing after it is taken for a request`)
    t.notMatch(answer, /HPE_|node|Error:/, `${name}: nothing about the inside`)
    t.ok(await isWell(), `${name}: the server goes on`)
  }
})

t.test('faults of the parser are problem details too', async (t) => {
  const { send } = await listen(t)
  const answer = await send('nonsense\r\n\r\n')

  t.match(answer, /content-type: application\/problem\+json\r\n/i)
  t.strictSame(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), { type: 'about:blank', title: 'Bad Request', status: 400, code: 'BAD_REQUEST' })
})
