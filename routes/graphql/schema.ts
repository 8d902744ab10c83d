import type { FastifyInstance } from 'fastify'
import { buildSchema, isObjectType, isIntrospectionType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Resolvers } from './context.ts'
import { toSnakeCase } from './names.ts'
import { defineLeafTypes } from './scalars.ts'

/** Fields without a resolver read the presented property of the snake_case name. */
function addResolvers (type: GraphQLObjectType, resolvers: Resolvers[string] = {}): void {
  for (const field of Object.values(type.getFields())) {
    const property = toSnakeCase(field.name)
    const readProperty = (source: object): unknown => Reflect.get(source, property)
    // without a resolver a compiled query reads the property in place
    field.resolve = resolvers[field.name] ?? (property === field.name ? undefined : readProperty)
  }
}

/** The schema of `schema.graphql` with the resolvers of its fields and its scalars and enumerations. */
export function createSchema (sdl: string, resolvers: Resolvers, compile: FastifyInstance['validatorCompiler']): GraphQLSchema {
  const schema = buildSchema(sdl)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !isIntrospectionType(type)) addResolvers(type, resolvers[type.name])
  }
  defineLeafTypes(schema, compile)
  return schema
}
