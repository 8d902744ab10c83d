import { randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { NewUser, UserDocument } from '../../../schemas/users.ts'
import type { StoredUser } from './queries.ts'

type UserChanges = Partial<Pick<UserDocument, 'username' | 'password_hash' | 'password_changed_at' | 'tier' | 'is_active'>>

/** Below are the numbers of seeded users; above, `randomInt` ends. Numbers tell nobody how many users there are. */
const FIRST_USER_ID = 1e9
const LAST_USER_ID = 2 ** 47

const drawUserId = (): number => randomInt(FIRST_USER_ID, LAST_USER_ID)

/** What shows a user. */
const tagsOf = ({ user_id: id }: Pick<UserDocument, 'user_id'>): string[] => ['users', `user:${id}`]

type Tools = Pick<FastifyInstance, 'documents' | 'httpErrors' | 'monitored' | 'relatedKeys'>

/** Writes of users; `draw` makes the number of a new one. */
export function createUserWrites ({ documents, httpErrors, monitored, relatedKeys }: Tools, draw = drawUserId) {
  const users = documents.collection<UserDocument>('users')
  const changed = relatedKeys.declare('users', { user_id: true }, tagsOf)
  const isTaken = async (username: string): Promise<boolean> => await users.findOne({ username }, { projection: { _id: 1 } }) !== null
  const taken = () => httpErrors.createError(409, 'The username is taken', { code: 'USERNAME_TAKEN' })

  /** Stores a user under a new number; a username in use is an error 409 `USERNAME_TAKEN`. */
  async function create (user: NewUser): Promise<StoredUser> {
    const document = { ...user, user_id: draw() }
    try {
      const { insertedId } = await users.insertOne({ ...document })
      await changed(document)
      return { _id: insertedId, ...document }
    } catch (error) {
      if (!documents.isDuplicate(error) && !documents.gaveWay(error)) throw error
      if (await isTaken(user.username)) throw taken()
      return await create(user)
    }
  }

  /** Changes a user and returns it, or null if there is none; a username in use is an error 409 `USERNAME_TAKEN`. */
  async function update (userId: number, changes: UserChanges): Promise<StoredUser | null> {
    try {
      const user = await users.findOneAndUpdate({ user_id: userId }, { $set: changes }, { returnDocument: 'after' })
      if (user) await changed(user)
      return user
    } catch (error) {
      // some engines give a duplicate that findAndModify meets another code than 11000
      if (changes.username !== undefined && await isTaken(changes.username)) throw taken()
      throw error
    }
  }

  return {
    create: monitored('users.create', create),
    update: monitored('users.update', update)
  }
}
