import { once } from 'node:events'
import type { Socket } from 'node:net'
import { dispatch, errorReply } from '../commands/dispatch.ts'
import type { Engine } from '../commands/engine.ts'
import { CommandError, toCommandError } from '../errors.ts'
import { frames } from './frames.ts'
import { answer, parse, requestId, type Message } from './messages.ts'

/** Waits for a client that reads more slowly than it asks. */
async function send (socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain')
}

/** A request that is well formed but holds what this engine does not store is answered; any other ends the connection. */
function parsed (frame: Buffer): Message | CommandError {
  try {
    return parse(frame)
  } catch (thrown) {
    if (thrown instanceof CommandError) return thrown
    return new CommandError(17, `malformed message: ${toCommandError(thrown).message}`)
  }
}

function encoded (frame: Buffer, reply: Message['command'], legacy: boolean): Buffer {
  try {
    return answer(reply, requestId(frame), legacy)
  } catch (cause) {
    const error = new CommandError(10334, `the reply does not fit into a document: ${(cause as Error).message}`)
    return answer(errorReply(error), requestId(frame), legacy)
  }
}

/** Answers the requests of a connection one by one, until either side ends it. */
export async function serve (socket: Socket, engine: Engine): Promise<void> {
  socket.setNoDelay(true)
  try {
    for await (const frame of frames(socket)) {
      const message = parsed(frame)
      if (message instanceof CommandError) {
        await send(socket, encoded(frame, errorReply(message), false))
        if (message.code === 17) return
        continue
      }
      const reply = await dispatch(engine, message.command)
      if (message.wantsReply) await send(socket, encoded(frame, reply, message.legacy))
    }
  } catch {
    // a length that cannot be one, or a connection lost: there is nobody to tell
  } finally {
    socket.destroySoon()
  }
}
