import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import type { UIConfig } from '@bull-board/api/typings/app'

const PACKAGE = join(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'), '../dist')

const TYPES: Partial<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml'
}
/** The name of such a file has the hash of its content. */
const HASHED = /\.[0-9a-f]{10}\.(?:css|js)$/
const OWN_STYLE = /<link href="(static\/[^"]+\.css)"/g
const OWN_SCRIPT = /<script defer src="(static\/[^"]+\.js)"/g

/** Only files of the package, from this server; base: paths of the page are relative to it. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/**
 * The page of Bull Board, with its styles and scripts as its own page names them, and without what that has beside them: fonts of
 * another origin, and styles within the page.
 */
export async function readPage (basePath: string, config: UIConfig): Promise<string> {
  const template = await readFile(join(PACKAGE, 'index.ejs'), 'utf8')
  const named = (pattern: RegExp) => [...template.matchAll(pattern)].map(([, path = '']) => path)
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<base href="${basePath}/">
<title>${config.boardTitle}</title>
<link rel="icon" href="${config.favIcon?.default}" type="image/svg+xml">
${named(OWN_STYLE).map((path) => `<link rel="stylesheet" href="${path}">`).join('\n')}
${named(OWN_SCRIPT).map((path) => `<script src="${path}" defer></script>`).join('\n')}
</head>
<body>
<noscript>JavaScript</noscript>
<script id="__UI_CONFIG__" type="application/json">${JSON.stringify(config).replaceAll('<', '\\u003c')}</script>
<div id="root"></div>
</body>
</html>
`
}

/** Finds the files of the page by name: what is not among them is never read. */
export async function listFiles () {
  const folder = join(PACKAGE, 'static')
  const names = new Set(await readdir(folder, { recursive: true }))

  return {
    /** Null if there is no such file. */
    async read (name: string) {
      const type = TYPES[extname(name)]
      if (type === undefined || !names.has(name)) return null
      return { type, isHashed: HASHED.test(name), content: await readFile(join(folder, name)) }
    }
  }
}
