import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import Negotiator from 'negotiator'

/** A page is no part of the API. */
export const prefixOverride = ''

const FOLDER = join(import.meta.dirname, '../../pages/ops')
const PACKAGE = join(createRequire(import.meta.url).resolve('uplot'), '..')

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'
/** Every file of the page, as it is: modules of our own, and the library of the charts from its package. */
const FILES: Record<string, { path: string, type: string }> = {
  ...Object.fromEntries(['chart', 'main', 'panels', 'queues', 'session', 'slow-queries', 'stream', 'texts'].map((name) => [`${name}.js`, { path: join(FOLDER, `${name}.js`), type: SCRIPT }])),
  'style.css': { path: join(FOLDER, 'style.css'), type: STYLE },
  'icon.svg': { path: join(FOLDER, 'icon.svg'), type: 'image/svg+xml' },
  'uplot.js': { path: join(PACKAGE, 'uPlot.iife.min.js'), type: SCRIPT },
  'uplot.css': { path: join(PACKAGE, 'uPlot.min.css'), type: STYLE }
}

/** Nothing within the page runs or styles, and nothing comes from elsewhere or goes there. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join('; ')

/** In which language it is, and for whom, is not for caches; its files have validators. */
const PAGE_HEADERS = { 'cache-control': 'no-store', 'content-security-policy': POLICY }

/** The page in each language: its texts are written by its script, the direction is there from the first byte. */
async function readPages () {
  const en = await readFile(join(FOLDER, 'index.html'), 'utf8')
  return { en, ar: en.replace('<html lang="en" dir="ltr">', '<html lang="ar" dir="rtl">') }
}

/** The language that the URL names, or else the one that the browser likes best. */
function languageOf (query: object, accepted = 'en'): 'en' | 'ar' {
  const asked = 'lang' in query ? query.lang : undefined
  if (asked === 'en' || asked === 'ar') return asked
  return new Negotiator({ headers: { 'accept-language': accepted } }).language(['en', 'ar']) === 'ar' ? 'ar' : 'en'
}

/** The page at `/ops` for admins: it has no data itself, asks for a sign-in and shows what `/v1/ops/stream` tells. */
const opsPage: FastifyPluginAsync = async (fastify) => {
  // an admin comes when there is too much to do, and signs in first
  const route = { config: { access: 'public', priority: 'sign-in' }, schema: { hide: true } } as const
  const pages = await readPages()

  fastify.get('/ops', route, async function showOps ({ query, headers }, reply) {
    const language = languageOf(Object(query) as object, headers['accept-language'])
    return reply.headers(PAGE_HEADERS).header('content-language', language).type('text/html; charset=utf-8').send(pages[language])
  })

  for (const [name, { path, type }] of Object.entries(FILES)) {
    const content = await readFile(path, 'utf8')
    fastify.get(`/ops/${name}`, route, async function sendFile (_request, reply) {
      return reply.header('cache-control', 'no-cache').type(type).send(content)
    })
  }
}
export default opsPage
