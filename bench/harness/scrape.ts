/** Numbers of a server at one moment, counted since its start. */
export interface ServerNumbers {
  cpuSeconds: number
  rssBytes: number
  commands: number
  requests: number
  /** Answers that were kept. */
  kept: number
}

/** Adds up the series of a metric in Prometheus's text format. */
export function sumOf (text: string, name: string): number {
  let sum = 0
  for (const line of text.split('\n')) {
    if (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) sum += Number(line.slice(line.lastIndexOf(' ')))
  }
  return sum
}

/** Reads a server's own numbers from its `/metrics`. */
export async function scrape (address: string): Promise<ServerNumbers> {
  const response = await fetch(`${address}/metrics`)
  const text = await response.text()
  return {
    cpuSeconds: sumOf(text, 'process_cpu_seconds_total'),
    rssBytes: sumOf(text, 'process_resident_memory_bytes'),
    // without those that scrapes cause
    commands: sumOf(text, 'db_commands_total') - sumOf(text, 'metrics_samples_total{source="outbox",outcome="ok"}'),
    requests: sumOf(text, 'http_request_duration_seconds_count'),
    kept: sumOf(text, 'response_cache_answers_total{outcome="hit"}') + sumOf(text, 'response_cache_answers_total{outcome="stale"}')
  }
}
