import { SingleBar, Presets } from 'cli-progress'

/** Least time between two lines where there is no terminal to draw a bar on. */
const LINE_INTERVAL_MS = 2000

export interface Progress {
  update: (done: number, total: number) => void
  end: () => void
}

/** A bar on a terminal; elsewhere, such as in a log, a line now and then. */
export function createProgress (stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) {
    let writtenAt = performance.now()
    return {
      update (done, total) {
        if (performance.now() - writtenAt < LINE_INTERVAL_MS) return
        writtenAt = performance.now()
        stream.write(`${done} of ${total} documents\n`)
      },
      end () {}
    }
  }

  const bar = new SingleBar({ stream, format: '{bar} {percentage} %  {value} of {total} documents  {eta_formatted} left' }, Presets.shades_classic)
  let isStarted = false
  return {
    update (done, total) {
      if (!isStarted) bar.start(total, 0)
      isStarted = true
      bar.update(done)
    },
    end () { bar.stop() }
  }
}
