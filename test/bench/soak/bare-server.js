import { createServer } from 'node:http'

/* A server that keeps nothing of its requests, and logs as ours does. */
if (process.env.FAILS) {
  console.log(JSON.stringify({ level: 60, msg: 'no start' }))
  process.exit(1)
}
const server = createServer((_request, response) => { response.end('x') })
server.listen(0, '127.0.0.1', () => {
  console.log('a line that is no JSON')
  console.log(JSON.stringify({ level: 30, msg: `Server listening at http://127.0.0.1:${Object(server.address()).port}` }))
})
