import type { LoadtestOptions } from './arguments.ts'
import type { Fate, Times } from './accounts.ts'
import type { Phase } from './driver.ts'
import type { LoadtestResult } from './loadtest.ts'
import type { ServerNumbers } from './server-numbers.ts'
import { GOAL_P99_MS, judge } from './verdict.ts'

const MIB = 2 ** 20
const KIB = 2 ** 10

const number = (value: number, digits = 1): string => Number.isFinite(value) ? value.toFixed(digits) : '–'
const percent = (share: number): string => Number.isFinite(share) ? `${(share * 100).toFixed(0)} %` : '–'
const timesOf = ({ p50, p90, p99, p999, max }: Times): string[] => [p50, p90, p99, p999, max].map((time) => number(time))

function tableOf (header: string[], rows: string[][]): string {
  const [head = '', ...lines] = [header, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [head, `| --- |${' ---: |'.repeat(header.length - 1)}`, ...lines].join('\n')
}

const rowOf = (name: string, { asked, answered, failed, kept, notModified, fromDue }: Fate): string[] =>
  [name, String(asked), String(failed), percent(kept / answered), String(notModified), ...timesOf(fromDue)]

function requestsOf ({ arrival, load }: LoadtestResult): string {
  const { cached, uncached } = load.classes
  const fromSent = (name: string, { fromSent: times }: Fate): string[] => [name, '', '', '', '', ...timesOf(times)]
  return tableOf(['ms from when it was due', 'requests', 'failed', 'kept answers', '304', 'p50', 'p90', 'p99', 'p99.9', 'max'], [
    ...Object.entries(load.kinds).map(([name, fate]) => rowOf(`${name} (${fate.class})`, fate)),
    rowOf('**all cached**', cached),
    fromSent('from when it was sent', cached),
    rowOf('**all uncached**', uncached),
    fromSent('from when it was sent', uncached),
    rowOf('first questions, cached; the connection included', arrival.classes.cached),
    rowOf('first questions, uncached', arrival.classes.uncached)
  ])
}

/** Every connection, and why it is not there any more. */
function connectionsOf ({ arrival, load }: LoadtestResult, users: number): string {
  const row = (name: string, { connections, usersAnswered }: Phase): string[] => {
    const { open, opened, notOpened, closedByServer, closedByClient, broken } = connections
    return [name, ...[users, opened, open, notOpened, closedByServer, closedByClient, broken, users - usersAnswered].map(String)]
  }
  return tableOf(['connections, in all', 'users', 'opened', 'open', 'not opened', 'closed by the server', 'closed by the client', 'broken', 'users never answered'], [
    row('when all had come', arrival), row('at the end', load)
  ])
}

function serverOf ({ server: { before, connected, end } }: LoadtestResult, users: number): string {
  const row = (name: string, { rssBytes, heapUsedBytes, busy, refused }: ServerNumbers): string[] =>
    [name, number(rssBytes / MIB), number(heapUsedBytes / MIB), percent(busy), number(refused, 0)]
  return tableOf(['server', 'memory (RSS), MiB', 'heap used, MiB', 'busy since the row above', 'refused (503), in all'], [
    row('warm, without connections', before), row('all connected', connected), row('at the end', end),
    ['a connection, KiB', number((connected.rssBytes - before.rssBytes) / users / KIB), number((connected.heapUsedBytes - before.heapUsedBytes) / users / KIB), '', '']
  ])
}

function generatorOf ({ load: { generator, sentLate } }: LoadtestResult): string {
  return `The generator sent questions ${number(sentLate.p50)} ms after they were due (p50; p99 ${number(sentLate.p99)}, at most ${number(sentLate.max)}); its own event loop was late by ${number(generator.delayP99Ms)} ms (p99; at most ${number(generator.delayMaxMs)}), at ${percent(generator.cpu)} of a core. Both are part of the times above.`
}

const HINT_429 = 'Answers 429: the server must trust this machine as a proxy (TRUSTED_PROXIES=127.0.0.1), so that each user is an address of its own, and allow its signed-in user enough (RATE_LIMIT_FREE).'

function verdictOf (result: LoadtestResult, options: LoadtestOptions): string {
  const { isGood, errors, usersNeverAnswered, cachedP99Ms, isFast } = judge(result, options)
  const asked = [result.arrival, result.load].flatMap(({ classes }) => Object.values(classes)).reduce((sum, fate) => sum + fate.asked, 0)
  return `${isGood ? 'GOOD' : 'FAILED'}: ${errors} errors in ${asked} requests, ${usersNeverAnswered} of ${options.connections} users never answered; p99 of cached reads ${number(cachedP99Ms)} ms at ${number(result.load.rate, 0)} answers/s: ${isFast ? 'within' : 'above'} the goal of ${GOAL_P99_MS} ms at 800.`
}

/** The result for people, as Markdown. */
export function toText (result: LoadtestResult, options: LoadtestOptions): string {
  const { connections, rate, seconds } = options
  const errors = Object.entries({ ...result.arrival.errors, ...result.load.errors }).map(([name]) => `${name}: ${(result.arrival.errors[name] ?? 0) + (result.load.errors[name] ?? 0)}`)
  return [
    `${connections} users, each with a connection that stays open and a think time of ${number(connections / rate)} s in the mean; ${rate} requests/s for ${seconds} s (${Object.values(result.engines).join(', ')}).`,
    'No coordinated omission: questions are due by the clock (a Poisson process), whatever became of those before, and times are from when each was due.',
    requestsOf(result),
    connectionsOf(result, connections),
    serverOf(result, connections),
    generatorOf(result),
    ...(errors.length > 0 ? [`Errors: ${errors.join(', ')}.`] : []),
    ...(errors.some((error) => error.startsWith('status 429')) ? [HINT_429] : []),
    verdictOf(result, options)
  ].join('\n\n')
}
