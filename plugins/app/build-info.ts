import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'

/** The nearest `package.json` at or above a folder: compiled, the sources are a folder deeper. */
function findVersion (folder: string): string {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return findVersion(dirname(folder))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Tells `/metrics` which version runs, so that one sees what a deployment changed. */
export default fp(async function buildInfo (fastify) {
  const info = new Gauge({ name: 'build_info', help: 'Always 1: what runs here', labelNames: ['version', 'node', 'commit'], registers: [fastify.metrics] })
  info.set({ version: findVersion(import.meta.dirname), node: process.version, commit: fastify.config.BUILD_COMMIT }, 1)
}, { name: 'build-info', dependencies: ['config', 'metrics'] })
