import t from 'tap'
import { readOptions } from '../../../bench/loadtest/arguments.ts'
import { openFilesLimit, requireFiles } from '../../../bench/loadtest/limits.ts'

t.test('users come at the rate at which they will ask, unless told otherwise', async (t) => {
  t.match(readOptions([]), { connections: 10_000, rate: 800, seconds: 60, ramp: 13, seed: 1, url: undefined, json: undefined })
  t.match(readOptions(['--connections', '100', '--rate', '50', '--ramp', '1', '--url', 'http://127.0.0.1:3000/docs']), { ramp: 1, url: 'http://127.0.0.1:3000' })
})

t.test('what is no number or no origin is refused, with the usage', async (t) => {
  t.throws(() => readOptions(['--rate', '0']), /^--rate wants a whole number above 0\nUsage: npm run loadtest/)
  for (const url of ['server', 'https://127.0.0.1']) t.throws(() => readOptions(['--url', url]), /--url wants the origin of a server/)
  t.throws(() => readOptions(['--speed', '2']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
})

t.test('more connections than a process may have files are refused before anything starts, with what would help', async (t) => {
  t.throws(() => requireFiles(10_000, 1024), /10000 connections need 10500 open files in a process, which may have 1024: `ulimit -n 10500`/)
  t.doesNotThrow(() => requireFiles(10_000, 10_500))
  t.ok(openFilesLimit() > 0)
  t.equal(openFilesLimit({ userLimits: { open_files: { soft: 1024 } } }), 1024)
  t.equal(openFilesLimit({ userLimits: { open_files: { soft: 'unlimited' } } }), Infinity)
  t.equal(openFilesLimit({}), Infinity, 'nobody says')
})
