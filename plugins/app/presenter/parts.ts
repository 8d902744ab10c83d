/** Names of the properties that an answer shall have; undefined: all. */
export type Fields = readonly string[] | undefined

/** The asked `fields` of a presented object. */
export function pick<T extends object> (presented: T, fields: Fields): Partial<T> {
  if (fields === undefined) return presented
  const picked: Partial<T> = {}
  for (const key in presented) if (fields.includes(key)) picked[key] = presented[key]
  return picked
}

/** RFC 3339 text of a time, if it was read. */
export function timeOf (date: Date | null | undefined): string | undefined {
  return date?.toISOString()
}

/** As `timeOf`, with null for a time that there is not (yet). */
export function timeOrNull (date: Date | null | undefined): string | null | undefined {
  return date === null ? null : timeOf(date)
}
