import { hash } from 'node:crypto'
import fc from 'fast-check'
import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql'

/** A part of a document, with the fields that it has as `Type.field`. */
interface Part {
  text: string
  fields: string[]
  fragments: Map<string, string>
}

/** Arguments of fields that need some. */
type Arguments = Record<string, string>

/** The fields of one level below the deepest have no fields of their own. */
const MAX_LEVELS = 7
const WRAPPERS = ['plain', 'plain', 'plain', 'alias', 'include', 'skip', 'inline', 'condition', 'fragment'] as const

function toFragment (type: string, { text, fields, fragments }: Part): Part {
  const name = `F${hash('sha256', type + text).slice(0, 12)}`
  return { text: `...${name}`, fields, fragments: new Map([...fragments, [name, `fragment ${name} on ${type} { ${text} }`]]) }
}

function wrap (type: string, part: Part, wrapper: typeof WRAPPERS[number]): Part {
  if (wrapper === 'fragment') return toFragment(type, part)
  const texts = {
    plain: part.text,
    alias: `other_${part.text.replace(/\W.*/s, '')}: ${part.text}`,
    include: `... @include(if: $yes) { ${part.text} }`,
    skip: `... on ${type} @skip(if: $yes) { ${part.text} }`,
    inline: `... { ${part.text} }`,
    condition: `... on ${type} { ${part.text} }`
  }
  return { ...part, text: texts[wrapper] }
}

function join (parts: readonly Part[]): Part {
  return {
    text: parts.map(({ text }) => text).join(' '),
    fields: parts.flatMap(({ fields }) => fields),
    fragments: new Map(parts.flatMap(({ fragments }) => [...fragments]))
  }
}

function arbitraryField (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, args: Arguments, levels: number): fc.Arbitrary<Part> {
  const own = `${type.name}.${field.name}`
  const start = `${field.name}${args[own] ?? ''}`
  const inner = getNamedType(field.type)
  if (!isObjectType(inner)) return fc.constant({ text: start, fields: [own], fragments: new Map() })
  return arbitrarySelection(inner, args, levels - 1).map(({ text, fields, fragments }) => ({ text: `${start} { ${text} }`, fields: [own, ...fields], fragments }))
}

function arbitrarySelection (type: GraphQLObjectType, args: Arguments, levels: number): fc.Arbitrary<Part> {
  const fields = Object.values(type.getFields()).filter((field) => levels > 1 || !isObjectType(getNamedType(field.type)))
  const typename: Part = { text: '__typename', fields: [], fragments: new Map() }
  const field = fc.constantFrom(...fields, null).chain((one) => one === null ? fc.constant(typename) : arbitraryField(type, one, args, levels))
  const wrapped = fc.tuple(field, fc.constantFrom(...WRAPPERS)).map(([part, wrapper]) => wrap(type.name, part, wrapper))
  return fc.array(wrapped, { minLength: 1, maxLength: 3 }).map(join)
}

/** Valid queries of a schema, with the fields that they ask for in one way or another. */
export function arbitraryQuery (schema: GraphQLSchema, args: Arguments): fc.Arbitrary<{ query: string, fields: string[] }> {
  const root = schema.getQueryType()
  if (!root) throw new Error('The schema has no queries')
  return arbitrarySelection(root, args, MAX_LEVELS).map(({ text, fields, fragments }) => ({
    query: `query ($yes: Boolean = true) { __typename @include(if: $yes) ${text} } ${[...fragments.values()].join(' ')}`,
    fields
  }))
}
