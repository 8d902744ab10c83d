import t from 'tap'
import { createGate } from '../../../../plugins/app/accounts/gate.ts'

/** Tasks that end when told. */
function createTasks () {
  const started: (() => void)[] = []
  let most = 0
  let running = 0
  return {
    started,
    most: () => most,
    task: async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => started.push(resolve))
      running -= 1
    }
  }
}

t.test('no more tasks run at a time than may, and all get their turn', async (t) => {
  const run = createGate(2, 10, () => new Error('full'))
  const tasks = createTasks()
  const all = Promise.all(Array.from({ length: 6 }, () => run(tasks.task)))
  for (let ended = 0; ended < 6; ended += 1) {
    while (tasks.started.length <= ended) await new Promise(setImmediate)
    tasks.started[ended]?.()
  }
  await all

  t.equal(tasks.most(), 2)
})

t.test('what may neither run nor wait is refused at once', async (t) => {
  const run = createGate(1, 1, () => new Error('full'))
  const tasks = createTasks()
  const first = run(tasks.task)
  const second = run(tasks.task)
  await t.rejects(run(tasks.task), { message: 'full' })

  for (const promise of [first, second]) {
    await new Promise(setImmediate)
    tasks.started.shift()?.()
    await promise
  }
})

t.test('a task that fails leaves its place to the next', async (t) => {
  const run = createGate(1, 1, () => new Error('full'))
  const failed = run(async () => { throw new Error('task') })
  const next = run(async () => 'next')

  await t.rejects(failed, { message: 'task' })
  t.equal(await next, 'next')
  t.equal(await run(async () => 'later'), 'later')
})
