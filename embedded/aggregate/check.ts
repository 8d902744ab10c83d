import { isDoc, type Doc } from '../bson/values.ts'
import { fail } from '../errors.ts'
import { expressionOperators } from './expressions.ts'

/** mingo would take a number in a path for an array's index; MongoDB's expressions do not. */
const INDEXED = /^\$.*\.\d+(\.|$)/
const VARIABLES = /^\$\$[A-Z]/
const KNOWN_VARIABLES = /^\$\$(ROOT|CURRENT|REMOVE|NOW)(\.|$)/

function assertText (text: string): void {
  if (INDEXED.test(text)) fail(238, `numeric components are not supported in the field path '${text}'`)
  if (VARIABLES.test(text) && !KNOWN_VARIABLES.test(text)) fail(238, `the variable '${text}' is not supported`)
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

/** @throws before any document is seen, for whatever expression is not known here */
export function assertExpression (expression: unknown): void {
  if (typeof expression === 'string') return assertText(expression)
  if (Array.isArray(expression)) return expression.forEach(assertExpression)
  if (!isDoc(expression)) return
  assertDocument(expression)
  if (!('$literal' in expression)) Object.values(expression).forEach(assertExpression)
}
