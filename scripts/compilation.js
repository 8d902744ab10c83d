import { readFile } from 'node:fs/promises'

/** What autoload looks for; all else is bundled into what imports it. */
export const LOADED = ['plugins/external/*.ts', 'plugins/app/*.ts', 'plugins/**/index.ts', 'routes/**/index.ts', 'schemas/*.graphql', 'pages/ops/*.*']
/** A package of 700 small modules: to read them one by one would cost the start half a second. */
const BUNDLED = {
  'typebox/compile': './node_modules/typebox/build/compile/index.mjs',
  typebox: './node_modules/typebox/build/index.mjs'
}

/** What a browser gets is left as it is. */
const pages = /** @satisfies {import('esbuild').Plugin} */ ({
  name: 'pages',
  setup (build) {
    build.onLoad({ filter: /[\\/]pages[\\/]ops[\\/]/ }, async ({ path }) => ({ contents: await readFile(path), loader: 'copy' }))
  }
})

/**
 * Options of esbuild for the server as JavaScript, a tenth of a second instead of the ten of `npm run build`: types are not looked at.
 * @param {string[]} entryPoints
 * @param {string} outdir
 */
export const compilationOf = (entryPoints, outdir) => /** @satisfies {import('esbuild').BuildOptions} */ (({
  entryPoints: [...entryPoints, ...LOADED],
  loader: { '.graphql': 'copy' },
  outbase: '.',
  outdir,
  bundle: true,
  splitting: true,
  chunkNames: 'shared/[name]-[hash]',
  packages: 'external',
  alias: BUNDLED,
  plugins: [pages],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning'
}))
