import { createServer } from 'node:http'

const PORT = 4318

/** What sends traces to `startCollector`. */
export const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${PORT}` }

/** Takes traces and forgets them, in this process. */
export async function startCollector (): Promise<void> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => { response.setHeader('content-type', 'application/json').end('{}') })
  })
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(PORT, '127.0.0.1', resolve) })
  server.unref()
}
