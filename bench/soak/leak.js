import { subscribe } from 'node:diagnostics_channel'

/*
 * The leak of `--plant-leak`, loaded by `--import`: a list of what was asked that nobody shortens, some hundred bytes a request.
 */
/** @type {{ at: number, method: string | undefined, url: string | undefined, headers: object }[]} */
const asked = []

subscribe('http.server.request.start', (message) => {
  const { request } = /** @type {{ request: import('node:http').IncomingMessage }} */ (message)
  asked.push({ at: Date.now(), method: request.method, url: request.url, headers: request.headers })
})
