import { readFileSync } from 'node:fs'

// Adds up the closing lines of tap's runs on standard input: "# { total: 13, pass: 12, fail: 1, skip: 1 }".
const output = readFileSync(0, 'utf8')
const sums = { pass: 0, fail: 0, skip: 0 }
for (const [line] of output.matchAll(/^# \{ total: .*\}$/gm)) {
  for (const name of Object.keys(sums)) sums[name] += Number(line.match(new RegExp(`${name}: (\\d+)`))?.[1] ?? 0)
}
console.log(`${sums.pass} passed, ${sums.fail} failed, ${sums.skip} skipped`)
if (sums.pass === 0 || sums.fail > 0) process.exit(1)
