import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api'
import type { AnyFunction, Description } from './description.ts'

/** A span of its own for each call; what the call does is in that span's trace. */
export function createSpans (tracer: Tracer) {
  function begin ({ name, attributes, ...rest }: Description): Span {
    if (!('from' in rest)) return tracer.startSpan(name, { attributes })
    return tracer.startSpan(name, { attributes, kind: SpanKind.CONSUMER }, propagation.extract(ROOT_CONTEXT, { traceparent: rest.from }))
  }

  async function follow (span: Span, { isFailure }: Description, run: () => unknown): Promise<unknown> {
    try {
      const result = await run()
      if (isFailure?.(result as never)) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
      return result
    } catch (error) {
      span.setAttribute('error.type', (error as Error).name).setStatus({ code: SpanStatusCode.ERROR }).end()
      throw error
    }
  }

  return {
    // a proxy, so that name, length and type stay those of the function
    traced: <T extends AnyFunction>(fn: T, describe: (...args: Parameters<T>) => Description): T => new Proxy(fn, {
      apply (target, self, args: Parameters<T>) {
        const description = describe(...args)
        const span = begin(description)
        return context.with(trace.setSpan(context.active(), span), () => follow(span, description, (): unknown => Reflect.apply(target, self, args)))
      }
    }),

    current: (): string | undefined => {
      const carrier: { traceparent?: string } = {}
      propagation.inject(context.active(), carrier)
      return carrier.traceparent
    }
  }
}
