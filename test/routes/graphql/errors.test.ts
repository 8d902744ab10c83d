import t from 'tap'
import { createErrors, toGraphqlError } from '../../../routes/graphql/errors.ts'
import { problemOf } from '../../../plugins/app/problem-details/problem.ts'

t.test('a problem becomes an error with its code', async (t) => {
  const problem = { type: 'about:blank', title: 'Not Found', status: 404, code: 'NOT_FOUND' }

  t.strictSame(toGraphqlError(problem), { message: 'Not Found', extensions: { code: 'NOT_FOUND' } })
  t.strictSame(toGraphqlError({ ...problem, detail: 'There is no such user' }), { message: 'There is no such user', extensions: { code: 'NOT_FOUND' } })
})

t.test('an unknown fault of the executor is nobody\'s answer', async (t) => {
  const errors = createErrors({ problemOf })

  t.throws(() => errors.ofRefusal(new Error('broken')), { message: 'broken' })
  t.throws(() => errors.ofRefusal(Object.assign(new Error('odd'), { errors: 'none' })), { message: 'odd' })
})
