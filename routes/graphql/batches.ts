import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RequestParams } from 'graphql-http'
import { toGraphqlError } from './errors.ts'
import type { Result } from './http.ts'
import { MAX_BATCH, MAX_DOCUMENT_BYTES } from './limits.ts'
import type { Exchange, Meter, Pay } from './payment.ts'

interface Steps {
  /** The parameters of one operation of the body; throws, or gives the answer, if there is nothing to run. */
  read: (request: FastifyRequest, body: unknown) => Promise<RequestParams | Result>
  run: (params: RequestParams, request: FastifyRequest) => Promise<Result>
  pay: Pay
}

/** The operations of a body that is a batch. */
export function batchOf ({ body, method }: FastifyRequest): readonly unknown[] | undefined {
  return method === 'POST' && Array.isArray(body) ? body : undefined
}

function isResult (operation: RequestParams | Result): operation is Result {
  return 'errors' in operation
}

/**
 * Batches: the answers are in the order of the operations, and a fault of one is in its place. They run one after the
 * other, so that a batch is one caller's one place among all others, and what an operation has changed the next one sees.
 */
export function createBatches ({ httpErrors, problemOf }: Pick<FastifyInstance, 'httpErrors' | 'problemOf'>, { read, run, pay }: Steps) {
  async function attempt<T> (step: () => Promise<T>): Promise<T | Result> {
    try {
      return await step()
    } catch (error) {
      const problem = problemOf(error)
      if (problem.status >= 500) throw error
      return { errors: [toGraphqlError(problem)] }
    }
  }

  function requireSmall (operations: ReadonlyArray<RequestParams | Result>): void {
    const bytes = operations.reduce((sum, operation) => sum + (isResult(operation) ? 0 : Buffer.byteLength(operation.query)), 0)
    if (bytes > MAX_DOCUMENT_BYTES) throw httpErrors.payloadTooLarge(`The documents of a batch have at most ${MAX_DOCUMENT_BYTES} bytes together`)
  }

  async function runAll (operations: ReadonlyArray<RequestParams | Result>, request: FastifyRequest, used: Meter): Promise<Result[]> {
    const results: Result[] = []
    for (const operation of operations) {
      results.push(isResult(operation) ? operation : used(await run(operation, request)))
    }
    return results
  }

  /** The answers to a batch; an error 400 or 413 if it is empty, or too large as a whole, or if it cannot be paid for. */
  return async function answerBatch (exchange: Exchange, bodies: readonly unknown[]): Promise<Result[]> {
    const { request } = exchange
    if (bodies.length === 0) throw httpErrors.badRequest('The batch is empty')
    if (bodies.length > MAX_BATCH) throw httpErrors.payloadTooLarge(`A batch has at most ${MAX_BATCH} operations`)
    const operations = await Promise.all(bodies.map((body) => attempt(() => read(request, body))))
    requireSmall(operations)
    const runnable = operations.filter((operation): operation is RequestParams => !isResult(operation))
    return await pay(exchange, runnable, (used) => runAll(operations, request, used))
  }
}
