import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import opsPage from '../../routes/ops-page/index.ts'
import { buildApp, buildBare } from '../helper.ts'

async function build (t: Test) {
  const fastify = buildBare(t)
  await fastify.register(fp(opsPage))
  return fastify
}

const OF_PAGE = /(?:href|src)="(\/ops\/[\w.-]+)"/g
const OF_MODULE = /from '\.\/([\w-]+\.js)'/g

t.test('the page, its modules and what they import come from the server itself, each by its type', async (t) => {
  const fastify = await build(t)
  const { body } = await fastify.inject('/ops')
  const waiting = [...body.matchAll(OF_PAGE)].map(([, path = '']) => path)
  const known = new Set<string>()
  for (const path of waiting) {
    if (known.has(path)) continue
    known.add(path)
    const file = await fastify.inject(path)
    t.equal(file.statusCode, 200, path)
    t.match(file.headers, { 'cache-control': 'no-cache', 'content-type': path.endsWith('.js') ? /^text\/javascript/ : path.endsWith('.css') ? /^text\/css/ : /^image\/svg/ }, path)
    waiting.push(...[...file.body.matchAll(OF_MODULE)].map(([, name]) => `/ops/${name}`))
  }

  t.strictSame([...known].sort(), ['chart.js', 'icon.svg', 'main.js', 'panels.js', 'queues.js', 'session.js', 'slow-queries.js', 'stream.js', 'style.css', 'texts.js', 'uplot.css', 'uplot.js'].map((name) => `/ops/${name}`))
})

t.test('its language is that of the URL, or else what the browser likes best, or else English', async (t) => {
  const fastify = await build(t)
  const rootOf = async (url: string, accepted?: string) => /<html.*>/.exec((await fastify.inject({ url, headers: accepted === undefined ? {} : { 'accept-language': accepted } })).body)?.[0]
  const [en, ar] = ['<html lang="en" dir="ltr">', '<html lang="ar" dir="rtl">']

  t.equal(await rootOf('/ops'), en)
  t.equal(await rootOf('/ops', 'ar-EG,en;q=0.5'), ar)
  t.equal(await rootOf('/ops', 'fr'), en)
  t.equal(await rootOf('/ops?lang=ar', 'en'), ar)
  t.equal(await rootOf('/ops?lang=en', 'ar'), en)
  t.equal(await rootOf('/ops?lang=fr', 'ar'), ar)
})

t.test('it has no script, style or handler within itself, and its policy allows none, nor anything from elsewhere', async (t) => {
  const fastify = await buildApp(t)
  const { headers, body } = await fastify.inject('/ops')
  const policy = String(headers['content-security-policy']).split('; ')

  t.strictSame(policy.slice(0, 5), ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"])
  t.ok(policy.includes("frame-ancestors 'none'"))
  t.notMatch(policy.join(), /unsafe|https?:|\*|data:|blob:/)
  t.match(headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  t.notMatch(body, /<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=|https?:/)
})
