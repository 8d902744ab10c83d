import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import buildInfo from '../../../plugins/app/build-info.ts'
import metrics from '../../../plugins/app/metrics/index.ts'
import config from '../../../plugins/external/config.ts'
import { buildBare, testEnv } from '../../helper.ts'

t.test('the metrics tell which version, Node.js and commit run', async (t) => {
  const fastify = buildBare(t)
  await fastify.register(config, { env: { ...testEnv, BUILD_COMMIT: '0123abc' } })
  for (const plugin of [metrics, buildInfo]) await fastify.register(plugin)
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')) as { version: string }

  t.match(await fastify.metrics.metrics(), `build_info{version="${version}",node="${process.version}",commit="0123abc"} 1`)
})
