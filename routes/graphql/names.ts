/** Arguments that REST calls otherwise. */
const REST_NAMES = new Map([['first', 'limit'], ['after', 'cursor']])
const GRAPHQL_NAMES = new Map([...REST_NAMES].map(([graphql, rest]) => [rest, graphql]))

/** `stopLoss` → `stop_loss`. */
export function toSnakeCase (name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Arguments or input with the names of REST; null is as good as left out. */
export function toRestNames (values: object): Record<string, unknown> {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [REST_NAMES.get(name) ?? toSnakeCase(name), value]))
}

/** A JSON pointer into `args` with the names of GraphQL: `/stop_loss` → `/stopLoss`. */
export function toGraphqlPointer (pointer: string, args: object): string {
  const nameOf = (name: string) => name in args ? name : GRAPHQL_NAMES.get(name) ?? name
  return pointer.replace(/\w+/g, (name) => nameOf(name).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
}
