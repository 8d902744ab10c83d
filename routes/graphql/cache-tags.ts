/**
 * Beginnings of the names of types, with the tag of the data that they show: `SignalConnection` is about signals too.
 * Answers are dropped by tag when the data changes.
 */
const TAGS = [
  ['Analyst', 'analysts'],
  ['Candle', 'market'],
  ['Market', 'market'],
  ['Signal', 'signals'],
  ['Transaction', 'transactions'],
  ['Trending', 'market'],
  ['User', 'users']
] as const

export type CacheTag = typeof TAGS[number][1]

/** The tag of an object type; undefined if it shows no data of its own. */
export function tagOf (typeName: string): CacheTag | undefined {
  return TAGS.find(([beginning]) => typeName.startsWith(beginning))?.[1]
}
