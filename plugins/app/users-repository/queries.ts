import { randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { WithId } from 'mongodb'
import type { NewUser, UserDocument } from '../../../schemas/users.ts'

/** A user of whom only some fields were read. */
export type ProjectedUser = WithId<Partial<UserDocument> & Pick<UserDocument, 'user_id'>>
type StoredUser = WithId<UserDocument>
type UserChanges = Partial<Pick<UserDocument, 'username' | 'password_hash' | 'tier' | 'is_active'>>

interface UserListQuery {
  is_active?: boolean
  limit: number
  cursor?: string
  fields?: readonly string[]
}

/** Below are the numbers of seeded users; above, `randomInt` ends. Numbers tell nobody how many users there are. */
const FIRST_USER_ID = 1e9
const LAST_USER_ID = 2 ** 47

type Tools = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'keyset' | 'monitored' | 'safeFind'>

const drawUserId = (): number => randomInt(FIRST_USER_ID, LAST_USER_ID)

/** Queries of the users themselves; `draw` makes the number of a new one. */
export function createUserQueries ({ documents, httpErrors, keyset, monitored, safeFind }: Tools, draw = drawUserId) {
  const users = documents.collection<UserDocument>('users')
  const newestFirst = keyset('users', { created_at: 'date', _id: 'id' })
  const project = (fields?: readonly string[]) => documents.project(fields, ['user_id'])
  const taken = () => httpErrors.createError(409, 'The username is taken', { code: 'USERNAME_TAKEN' })

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

  /** Stores a user under a new number; a username in use is an error 409 `USERNAME_TAKEN`. */
  async function create (user: NewUser): Promise<StoredUser> {
    const document = { ...user, user_id: draw() }
    try {
      const { insertedId } = await users.insertOne({ ...document })
      return { _id: insertedId, ...document }
    } catch (error) {
      if (!documents.isDuplicate(error)) throw error
      if (await findByUsername(user.username)) throw taken()
      return await create(user)
    }
  }

  /** Changes a user and returns it, or null if there is none; a username in use is an error 409 `USERNAME_TAKEN`. */
  async function update (userId: number, changes: UserChanges): Promise<StoredUser | null> {
    try {
      return await users.findOneAndUpdate({ user_id: userId }, { $set: changes }, { returnDocument: 'after' })
    } catch (error) {
      // some engines give a duplicate that findAndModify meets another code than 11000
      if (changes.username !== undefined && await findByUsername(changes.username)) throw taken()
      throw error
    }
  }

  /** Newest first. */
  async function list ({ limit, cursor, fields, ...filter }: UserListQuery) {
    const projection = documents.project(fields, ['user_id', ...newestFirst.fields])
    const from = newestFirst.from(filter, cursor)
    const found: ProjectedUser[] = await users.find(from, { projection, sort: newestFirst.sort, limit: limit + 1 }).toArray()
    return newestFirst.page(found, limit)
  }

  return {
    findById: monitored('users.findById', findById),
    findByIds: monitored('users.findByIds', findByIds),
    findByUsername: monitored('users.findByUsername', findByUsername),
    create: monitored('users.create', create),
    update: monitored('users.update', update),
    list: monitored('users.list', list)
  }
}
