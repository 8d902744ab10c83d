import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import { UserSchema, type UserDocument } from '../../../schemas/users.ts'

/** A user of whom only some fields were read. */
export type ProjectedUser = WithId<Partial<UserDocument> & Pick<UserDocument, 'user_id'>>
export type StoredUser = WithId<UserDocument>

interface UserListQuery {
  is_active?: boolean
  limit: number
  cursor?: string
  fields?: readonly string[]
}

type Tools = Pick<FastifyInstance, 'documents' | 'keyset' | 'monitored' | 'safeFind'>

/** Reads of the users themselves. */
export function createUserQueries ({ documents, keyset, monitored, safeFind }: Tools) {
  const users = documents.collection<UserDocument>('users')
  const newestFirst = keyset('users', { created_at: 'date', _id: 'id' })
  const project = (fields?: readonly string[]) => documents.project(fields, ['user_id'])

  function findById (userId: number): Promise<StoredUser | null>
  function findById (userId: number, fields: readonly string[] | undefined): Promise<ProjectedUser | null>
  async function findById (userId: number, fields?: readonly string[]): Promise<StoredUser | null> {
    return await users.findOne({ user_id: userId }, { projection: project(fields) })
  }

  async function findByIds (ids: readonly number[], fields?: readonly string[]): Promise<Map<number, ProjectedUser>> {
    const found = await safeFind(users.find({ user_id: { $in: [...ids] } }, { projection: project(fields) }))
    return new Map(found.map((user) => [user.user_id, user]))
  }

  const findByUsername = (username: string): Promise<StoredUser | null> => users.findOne({ username })

  /** Newest first. */
  async function list ({ limit, cursor, fields, ...filter }: UserListQuery) {
    const projection = documents.project(fields, ['user_id', ...newestFirst.fields])
    const from = newestFirst.from(filter, cursor)
    const found: ProjectedUser[] = await users.find(from, { projection, sort: newestFirst.sort, limit: limit + 1 }).toArray()
    return newestFirst.page(found, limit)
  }

  /** Everybody, oldest first, for exports: what nobody is shown is not read. `after`: only those behind this user; null if there is none. */
  async function walk (after?: number) {
    const projection = documents.project(Object.keys(UserSchema.properties), [])
    return await documents.walk(users, projection, after === undefined ? undefined : { user_id: after })
  }

  return {
    findById: monitored('users.findById', findById),
    findByIds: monitored('users.findByIds', findByIds),
    findByUsername: monitored('users.findByUsername', findByUsername),
    list: monitored('users.list', list),
    walk: monitored('users.walk', walk)
  }
}
