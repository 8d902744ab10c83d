import { PassThrough } from 'node:stream'
import t from 'tap'
import { createProgress } from '../../scripts/progress.ts'

t.test('without a terminal progress is a line now and then', async (t) => {
  const stream = new PassThrough()
  let time = 0
  const progress = createProgress(stream, () => time)
  for (const [at, done] of [[0, 1], [1999, 2], [2000, 3], [3999, 4], [4000, 5]] as const) {
    time = at
    progress.update(done, 9)
  }
  progress.end()

  t.equal(String(stream.read()), '3 of 9 documents\n5 of 9 documents\n')
})

t.test('a terminal gets a bar', async (t) => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, cursorTo () {}, clearLine () {} })
  const progress = createProgress(stream, () => 0)
  progress.update(5, 10)
  progress.end()

  t.match(String(stream.read()), /50 % {2}5 of 10 documents/)
})
