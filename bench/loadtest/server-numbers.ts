import { sumOf } from '../harness/scrape.ts'

/** Numbers of a server at one moment, by its own `/metrics`; NaN where it has none. */
export interface ServerNumbers {
  rssBytes: number
  heapUsedBytes: number
  cpuSeconds: number
  commands: number
  /** Requests that it refused to protect itself, since its start. */
  refused: number
  /** Share of time in which its event loop was busy since the numbers were read before, 0 to 1. */
  busy: number
}

/** Reads the numbers of a process, or the sums of several that serve on one port. */
export async function readServer (origin: string): Promise<ServerNumbers> {
  const response = await fetch(`${origin}/metrics`)
  const text = response.ok ? await response.text() : ''
  const read = (name: string, labels = '') => {
    const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(labels)).join('\n')
    return lines === '' ? NaN : sumOf(lines, name)
  }
  return {
    rssBytes: read('process_resident_memory_bytes'),
    heapUsedBytes: read('nodejs_heap_bytes', 'kind="used"'),
    cpuSeconds: read('process_cpu_seconds_total'),
    commands: read('db_commands_total'),
    refused: read('load_shedding_refused_total'),
    busy: read('nodejs_eventloop_utilization')
  }
}
