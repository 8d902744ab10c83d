import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { renderExample, renderTable } from '../scripts/configuration/render.ts'

const root = join(import.meta.dirname, '..')
const SOURCE_FOLDERS = ['plugins', 'routes', 'schemas', 'embedded', 'scripts', 'migrations']

async function listFiles (folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

async function parse (file: string): Promise<ts.SourceFile> {
  return ts.createSourceFile(file, await readFile(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
}

const sources = await Promise.all((await Promise.all(SOURCE_FOLDERS.map(listFiles))).flat().map(parse))
const plugins = sources.filter(({ fileName }) => /^plugins\/\w+\/([^/]+|[^/]+\/index)\.ts$/.test(fileName))
const nameOf = (fileName: string) => basename(fileName.replace(/(\/index)?\.ts$/, ''))

function median (numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function linesOf (node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.end).line - file.getLineAndCharacterOfPosition(node.getStart()).line + 1
}

function collect<T extends ts.Node> (node: ts.Node, wanted: (node: ts.Node) => node is T): T[] {
  const found = wanted(node) ? [node] : []
  node.forEachChild((child) => { found.push(...collect(child, wanted)) })
  return found
}

t.test('files and functions are short in the median', async (t) => {
  const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration => ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
  const fileLengths = sources.map((source) => source.getLineAndCharacterOfPosition(source.end).line)
  const functionLengths = sources.flatMap((source) => collect(source, isFunction).map(linesOf))

  t.ok(median(fileLengths) <= 60, `median file: ${median(fileLengths)} lines`)
  t.ok(median(functionLengths) <= 10, `median function: ${median(functionLengths)} lines`)
})

t.test('a plugin has the name of its file or folder and lists every plugin whose decorator it uses', async (t) => {
  const registrations = plugins.map((source) => {
    const text = source.text
    return {
      file: source.fileName,
      text,
      name: /^\}, \{\s*name: '([\w-]+)'/m.exec(text)?.[1],
      dependencies: [...(/dependencies: \[([^\]]*)\]/.exec(text)?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(([, name]) => name),
      decorators: [...text.matchAll(/\.decorate\('(\w+)'/g)].map(([, name]) => name ?? '')
    }
  })
  const ownerOf = new Map(registrations.flatMap(({ name, decorators }) => decorators.map((decorator) => [decorator, name])))
  ownerOf.set('config', 'config').set('mongo', 'mongodb').set('jwt', 'jwt').set('httpErrors', 'sensible')

  for (const { file, name, text, dependencies } of registrations) {
    t.equal(name, nameOf(file), file)
    const used = [...ownerOf].filter(([decorator, owner]) => owner !== name && new RegExp(`\\bfastify\\.${decorator}\\b|\\{[^}]*\\b${decorator}\\b[^}]*\\} = fastify\\b`).test(text))
    t.strictSame(used.map(([, owner]) => owner).filter((owner) => !dependencies.includes(owner)), [], `${file} lists what it uses`)
  }
})

t.test('every plugin of ours has a test of its own', async (t) => {
  const tested = (path: string) => existsSync(join(root, `${path}.test.ts`)) || existsSync(join(root, path))
  const untested = plugins.map(({ fileName }) => fileName.replace(/(\/index)?\.ts$/, '')).filter((path) => path.startsWith('plugins/app') && !tested(`test/${path}`))

  t.strictSame(untested, [])
})

t.test('what a folder or a plugin offers to others says what it is for', async (t) => {
  const doors = sources.filter(({ fileName }) => /(\/index|plugins\/\w+\/[^/]+)\.ts$/.test(fileName))
  const silent = doors.flatMap((source) => source.statements
    .filter((node): node is ts.FunctionDeclaration => ts.isFunctionDeclaration(node) && (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .filter((node) => ts.getJSDocCommentsAndTags(node).length === 0)
    .map((node) => `${source.fileName} ${node.name?.text ?? 'default'}`))

  t.strictSame(silent, [])
})

t.test('no regular expression and no code for the database is built from text', async (t) => {
  // the patterns of routes, made at the start from URLs of our own
  const known = ['plugins/app/problem-details/known-urls.ts']
  const builds = /\bRegExp\(|\$(?:regex|where|function|accumulator)\b|\bmapReduce\b|(?<!\.)\beval\(|\bnew Function\(/
  const found = sources.filter(({ fileName, text }) => /^(?:plugins|routes|schemas)\//.test(fileName) && builds.test(text)).map(({ fileName }) => fileName)

  t.strictSame(found, known)
})

t.test('the configuration page and .env.example list every variable', async (t) => {
  t.equal(await readFile(join(root, 'docs/configuration.md'), 'utf8'), renderTable(), 'npm run docs:configuration mends this')
  t.equal(await readFile(join(root, '.env.example'), 'utf8'), renderExample())
})
