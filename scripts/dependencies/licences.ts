/** SPDX names (https://spdx.org/licenses) of licences that an MIT project may use with no more duty than to name them. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'Python-2.0', 'Unlicense'])

/** What is read of `package-lock.json`, version 3. */
export interface Lock {
  packages: Record<string, { dev?: boolean, license?: string, version?: string }>
}

/** Whether an SPDX expression allows use: one of alternatives is enough, of a conjunction each must do. */
function isAllowed (licence = ''): boolean {
  const options = licence.replace(/[()]/g, '').split(' OR ')
  return options.some((option) => option.split(' AND ').every((name) => ALLOWED.has(name.trim())))
}

/** Packages of production whose licence is not allowed, each with its licence. */
export function findRefused ({ packages }: Lock): string[] {
  return Object.entries(packages)
    .filter(([path, { dev = false, license }]) => path !== '' && !dev && !isAllowed(license))
    .map(([path, { license, version }]) => `${path.replace(/^.*node_modules\//, '')} ${version}: ${license ?? 'no licence'}`)
}
