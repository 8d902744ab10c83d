/** Any function, whatever it takes and returns. */
export type AnyFunction = (...args: never[]) => unknown

/** Takes the readings around one call; both times are of `performance.now()`, in ms. */
export interface Readings {
  /** Heap of the process in bytes, about when the call starts. */
  heapAt: (startedAt: number) => number
  finish: (call: Call) => void
}

export interface Call {
  milliseconds: number
  failed: boolean
  heapBefore: number
}

/**
 * The function itself with readings around each call: `this`, arguments, result and error pass through untouched.
 * A native promise is followed to its end; what else is "thenable" is not, because `then` may start its work.
 */
export function monitor<T extends AnyFunction> (fn: T, { heapAt, finish }: Readings): T {
  function end (startedAt: number, heapBefore: number, failed: boolean): void {
    finish({ milliseconds: performance.now() - startedAt, failed, heapBefore })
  }

  function follow (promise: Promise<unknown>, startedAt: number, heapBefore: number): Promise<unknown> {
    return promise.then((value) => {
      end(startedAt, heapBefore, false)
      return value
    }, (error: unknown) => {
      end(startedAt, heapBefore, true)
      throw error
    })
  }

  // a proxy, so that name, length, properties and type stay those of the function
  return new Proxy(fn, {
    apply (target, self, args) {
      const startedAt = performance.now()
      const heapBefore = heapAt(startedAt)
      let result: unknown
      try {
        result = Reflect.apply(target, self, args)
      } catch (error) {
        end(startedAt, heapBefore, true)
        throw error
      }
      if (result instanceof Promise) return follow(result, startedAt, heapBefore)
      end(startedAt, heapBefore, false)
      return result
    }
  })
}
