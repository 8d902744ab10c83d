import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from './helper.ts'
import { needsRedis, startRedis } from './redis.ts'

const read = (path: string) => readFile(join(import.meta.dirname, '..', path), 'utf8')
const alerts = await read('deploy/prometheus/alerts.yaml')
const dashboard = await read('deploy/grafana/sahm.json')

/** Made by Prometheus itself, for each that it asks. */
const OF_PROMETHEUS = 'up'

/** Expressions of every panel, wherever they are. */
function expressionsOf (value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => key === 'expr' ? [String(inner)] : expressionsOf(inner))
}

/** Metrics that an expression of PromQL names: what is left without labels, times, groupings, functions and operators. */
function metricsOf (expression: string): string[] {
  const bare = expression.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|ignoring|on|without) \([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b[a-z_]\w*\b(?!\s*\()/g)].map(([name]) => name).filter((name) => !['and', 'or', 'sum', 'max', 'min', 'topk', 'count'].includes(name))
}

/** Names of everything that the metrics of a whole application have, as PromQL calls it. */
async function buildNames (t: Test): Promise<Set<string>> {
  const { url } = await startRedis(t)
  const fastify = await buildApp(t, { env: { REDIS_URL: url, JOBS_CONCURRENCY: 1 } })
  return new Set((await fastify.metrics.getMetricsAsJSON()).flatMap(({ name, type }) =>
    String(type) === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name]))
}

t.test('metrics are found in expressions', async (t) => {
  t.strictSame(metricsOf('max by (kind) (rate(a_total{kind="b"}[5m])) / ignoring (kind) c{d=~"e|f"} > 0.9'), ['a_total', 'c'])
})

t.test('alerts and dashboard name only metrics that the application has', needsRedis, async (t) => {
  const names = await buildNames(t)
  const ofAlerts = [...alerts.matchAll(/^ {8}expr: (.*)$/gm)].map(([, expression = '']) => expression)
  const ofDashboard = expressionsOf(JSON.parse(dashboard))
  t.equal(ofAlerts.length, alerts.split('- alert: ').length - 1, 'each alert has an expression of one line')
  t.ok(ofDashboard.length > 30, `${ofDashboard.length} expressions of the dashboard`)

  for (const expression of [...ofAlerts, ...ofDashboard]) {
    const named = metricsOf(expression)
    t.ok(named.length > 0, expression)
    t.strictSame(named.filter((name) => name !== OF_PROMETHEUS && !names.has(name)), [], expression)
  }
})

t.test('each alert has a runbook, and each runbook its alert', async (t) => {
  const named = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  const [, runbooks = ''] = /^## Alerts$(.*?)^## /ms.exec(await read('docs/operations.md')) ?? []
  t.strictSame([...runbooks.matchAll(/^### (\w+)$/gm)].map(([, name]) => name), named)
})

t.test('the autoscaler follows a metric that its adapter makes of one that the application has', needsRedis, async (t) => {
  const [autoscaler, rules] = await Promise.all(['autoscaler.yaml', 'monitoring/adapter-rules.yaml'].map((path) => read(`deploy/kubernetes/${path}`)))
  const [, wanted] = /metric: \{ name: (\w+) \}/.exec(autoscaler ?? '') ?? []
  const [, given] = /name: \{ as: (\w+) \}/.exec(rules ?? '') ?? []
  t.type(wanted, 'string')
  t.equal(given, wanted)
  const [, series = ''] = /seriesQuery: '(\w+)\{kind="value"/.exec(rules ?? '') ?? []
  t.ok((await buildNames(t)).has(series), series)
})
