import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { AppControllerRoute, AppViewRoute, BullBoardQueues, BullBoardRequest, FormatterField, IServerAdapter, UIConfig } from '@bull-board/api/typings/app'
import type { Queue } from 'bullmq'

/** How often the page asks, in seconds; fixed, since it is the server that pays. */
const POLL_S = 5

const CONFIG: UIConfig = {
  boardTitle: 'Sahm: queues',
  boardLogo: { path: '/ops/icon.svg', width: 32, height: 32 },
  favIcon: { default: '/ops/icon.svg', alternative: 'static/favicon-32x32.png' },
  miscLinks: [{ text: 'Operations', url: '/ops' }],
  hideDocsLink: true,
  pollingInterval: { showSetting: false, forceInterval: POLL_S },
  // by a list of all connections to Redis, with their addresses, at each poll
  showWorkers: false,
  // the drawing on their button has a style within it, which the policy forbids
  hideRedisDetails: true
}

/** All that is not told by the identifier of a job: whatever a version or a hand has put there, it is not for showing. */
const HIDDEN: readonly FormatterField[] = ['data', 'returnValue', 'progress']

/** Shows nothing, or what the page does not ask for. */
const UNUSED = /\/(?:redis\/stats|workers|job-schedulers|metrics-history|metrics|job-data-schema)$/

/** Nor are the notes of a job, nor its family, in which all of it is told again. */
class ShownQueue extends BullMQAdapter {
  override async getJobLogs (): Promise<string[]> { return [] }
  override async getFlowProducer (): Promise<null> { return null }
}

const pathsOf = ({ route }: { route: string | string[] }): string[] => [route].flat()

interface Collected {
  queues: BullBoardQueues
  config: UIConfig
  view: AppViewRoute
  routes: AppControllerRoute[]
}

/** What Bull Board would have a server do. */
function collect (queue: Queue): Collected {
  const collected: Partial<Collected> = {}
  const adapter: IServerAdapter = {
    setQueues (queues) { collected.queues = queues; return adapter },
    setUIConfig (config) { collected.config = config; return adapter },
    setEntryRoute (view) { collected.view = view; return adapter },
    setApiRoutes (routes) { collected.routes = routes; return adapter },
    // the files, the page and the errors are the server's own
    setStaticPath: () => adapter,
    setViewsPath: () => adapter,
    setErrorHandler: () => adapter
  }
  const shown = new ShownQueue(queue, { readOnlyMode: true, description: 'Jobs that are due: /v1/admin/jobs has all, and begins those anew that were given up.' })
  for (const field of HIDDEN) shown.setFormatter(field, () => ({}))
  createBullBoard({ queues: [shown], serverAdapter: adapter, options: { uiConfig: CONFIG } })
  return collected as Collected
}

type Asked = Pick<BullBoardRequest, 'params' | 'query'>

/** The board of a queue: which paths show its page, and what its page may ask for, which is nothing but to read. */
export function createBoard (queue: Queue) {
  const { queues, config, view, routes } = collect(queue)
  const readings = routes.filter(({ method }) => [method].flat().every((name) => name === 'get')).flatMap((route) => pathsOf(route).map((path) => ({
    path,
    read: async ({ params, query }: Asked) => {
      const { status = 200, body } = await route.handler({ queues, uiConfig: config, params, query, body: {}, headers: {} })
      return { status, body }
    }
  })))
  return {
    config,
    pages: pathsOf(view).filter((path) => !UNUSED.test(path)),
    readings: readings.filter(({ path }) => !UNUSED.test(path))
  }
}
