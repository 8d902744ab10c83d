import { keyOf } from '../bson/keys.ts'
import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { accumulators } from './accumulators.ts'
import { evaluator, type Runtime } from './runtime.ts'

interface Field { name: string, evaluate: (doc: Doc) => unknown, accumulate: (values: unknown[]) => unknown }

function field (name: string, spec: unknown, runtime: Runtime): Field {
  const [operator, ...others] = isDoc(spec) ? Object.entries(spec) : []
  if (!operator || others.length > 0) return fail(40234, `The field '${name}' must be an accumulator object`)
  const accumulate = accumulators.get(operator[0])
  if (!accumulate) return fail(15952, `unknown group operator '${operator[0]}'`)
  return { name, accumulate, evaluate: evaluator(operator[1], runtime) }
}

export function * group (docs: Iterable<Doc>, spec: unknown, runtime: Runtime): Generator<Doc> {
  if (!isDoc(spec) || !('_id' in spec)) return fail(15955, 'a group specification must include an _id')
  const { _id, ...rest } = spec
  const key = evaluator(_id, runtime)
  const fields = Object.entries(rest).map(([name, accumulator]) => field(name, accumulator, runtime))
  const groups = new Map<string, { id: unknown, columns: unknown[][] }>()
  for (const doc of docs) {
    const id = key(doc) ?? null
    const text = keyOf(id)
    let found = groups.get(text)
    if (!found) groups.set(text, found = { id, columns: fields.map(() => []) })
    for (let i = 0; i < fields.length; i++) found.columns[i]!.push(fields[i]!.evaluate(doc))
  }
  for (const { id, columns } of groups.values()) {
    yield { _id: id, ...Object.fromEntries(fields.map(({ name, accumulate }, i) => [name, accumulate(columns[i]!)])) }
  }
}
