import { runProcess } from './process.ts'

// the application without its listener: its plugins do the jobs
await runProcess(async function work ({ config, log }) {
  if (config.JOBS_CONCURRENCY === 0) throw new Error('JOBS_CONCURRENCY is 0: a worker does jobs')
  if (config.MONGODB_URI === '') throw new Error('MONGODB_URI is not set: a worker does the jobs of others')
  log.info({ concurrency: config.JOBS_CONCURRENCY }, 'doing jobs')
})
