import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import { tagsOfChange } from './change.ts'
import { createFollowing } from './following.ts'
import { createReaction } from './reaction.ts'
import { watchCollections } from './source.ts'

const PAUSE_MS = 1000

/**
 * Optimization 4: what others write to the database is invalidated here too, where the server tells of changes. Fails
 * open: without a stream the times to live bound how stale a value is; after a gap in it everything is invalidated.
 */
export default fp(async function changeStream (fastify) {
  const { cache, log, mongo: { client, db }, relatedKeys } = fastify
  const following = createFollowing({
    watch: (from) => watchCollections(client.db(db?.databaseName), relatedKeys.collections(), from),
    reaction: createReaction({
      tagsOf: (change) => tagsOfChange(change, relatedKeys),
      invalidate: (tags) => cache.invalidate(tags, 'database'),
      invalidateAll: () => cache.invalidateAll('database')
    }),
    log,
    pauseMs: PAUSE_MS
  })

  // every repository has declared its collection by then; nothing waits for the stream
  fastify.addHook('onReady', async function followInBackground () { setImmediate(following.run) })
  fastify.addHook('onClose', async () => { following.stop() })

  fastify.metrics.registerMetric(new Gauge({
    name: 'change_stream_running',
    help: '1 while writes made beside this server are noticed',
    registers: [],
    collect () { this.set(Number(following.state.isRunning)) }
  }))
}, { name: 'change-stream', dependencies: ['cache', 'metrics', 'mongodb', 'related-keys'] })
