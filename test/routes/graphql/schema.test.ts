import { readFileSync } from 'node:fs'
import { getNamedType, isEnumType, isInputObjectType, isIntrospectionType, isObjectType, isScalarType, isSpecifiedScalarType, type GraphQLSchema } from 'graphql'
import t from 'tap'
import { createSchema } from '../../../routes/graphql/schema.ts'

const SDL = readFileSync(new URL('../../../schemas/schema.graphql', import.meta.url), 'utf8')

interface Described {
  path: string
  description: string | null | undefined
}

/** Everything of a schema that can be described. */
function listParts (schema: GraphQLSchema): Described[] {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  return types.flatMap((type): Described[] => {
    const own = { path: type.name, description: type.description }
    if (isEnumType(type)) return [own, ...type.getValues().map(({ name, description }) => ({ path: `${type.name}.${name}`, description }))]
    if (!isObjectType(type) && !isInputObjectType(type)) return [own]
    const fields: ReadonlyArray<{ name: string, description?: string | null, args?: ReadonlyArray<{ name: string, description?: string | null }> }> = Object.values(type.getFields())
    return [own, ...fields.flatMap((field) => [
      { path: `${type.name}.${field.name}`, description: field.description },
      ...(field.args ?? []).map(({ name, description }) => ({ path: `${type.name}.${field.name}(${name})`, description }))
    ])]
  })
}

t.test('every type, field, argument, value and input is described, in camelCase and PascalCase', async (t) => {
  const parts = listParts(createSchema(SDL, {}, undefined))

  t.ok(parts.length > 150)
  t.strictSame(parts.filter(({ description }) => (description ?? '').length < 6).map(({ path }) => path), [])
  t.strictSame(parts.filter(({ path }) => !/^[A-Z][A-Za-z]+(\.([a-z][A-Za-z]*(\([a-z][A-Za-z]*\))?|[A-Z][A-Z0-9_]*))?$/.test(path)).map(({ path }) => path), [])
})

t.test('numbers of users are no Int, which has 32 bits', async (t) => {
  const types = Object.values(createSchema(SDL, {}, undefined).getTypeMap()).filter(isObjectType)
  const numbers = types.flatMap((type) => Object.values(type.getFields())).filter(({ name }) => ['userId', 'referredBy'].includes(name))

  t.ok(numbers.length > 3)
  for (const { type } of numbers) t.equal(getNamedType(type).name, 'ID')
})

t.test('without a validator no text is accepted', async (t) => {
  const scalars = Object.values(createSchema(SDL, {}, undefined).getTypeMap()).filter((type) => isScalarType(type)).filter((type) => !isSpecifiedScalarType(type))
  t.strictSame(scalars.map(({ name }) => name), ['DateTime', 'Money', 'Price', 'Decimal'])
  for (const scalar of scalars.filter(({ name }) => name !== 'Decimal')) t.throws(() => scalar.parseValue('1'), scalar.name)
})
