import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { expressionOperators } from './expressions.ts'

const VARIABLE = /^\$\$[A-Z]/
const KNOWN_VARIABLE = /^\$\$(ROOT|CURRENT|REMOVE|NOW)(\.|$)/

/** mingo takes a number in a path for an array's index and looks into nested arrays, MongoDB does neither: `$dotted` is ours. */
function checkedText (text: string): unknown {
  if (VARIABLE.test(text) && !KNOWN_VARIABLE.test(text)) fail(238, `the variable '${text}' is not supported`)
  const [head, ...rest] = text.split('.')
  return text.startsWith('$') && rest.length > 0 ? { $dotted: [head, { $literal: rest }] } : text
}

function assertDocument (doc: Doc): void {
  const keys = Object.keys(doc)
  if (!keys[0]?.startsWith('$')) {
    if (keys.some((key) => key.startsWith('$') || key.includes('.'))) fail(2, 'FieldPath field names may not contain \'.\' or start with \'$\'')
  } else {
    if (keys.length > 1) fail(15998, 'an expression specification must contain exactly one field, the name of the expression')
    if (!Object.hasOwn(expressionOperators, keys[0])) fail(168, `Unrecognized expression '${keys[0]}'`)
  }
}

/**
 * An expression as mingo shall evaluate it.
 * @throws before any document is seen, for whatever is not known here
 */
export function checked (expression: unknown): unknown {
  if (typeof expression === 'string') return checkedText(expression)
  if (Array.isArray(expression)) return expression.map(checked)
  if (!isDoc(expression)) return expression
  assertDocument(expression)
  if ('$literal' in expression) return expression
  return Object.fromEntries(Object.entries(expression).map(([key, value]) => [key, checked(value)]))
}
