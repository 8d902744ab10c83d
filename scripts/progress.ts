import { SingleBar, Presets } from 'cli-progress'

/** Least time between two lines where there is no terminal to draw a bar on. */
const LINE_INTERVAL_MS = 2000

export interface Progress {
  update: (done: number, total: number) => void
  end: () => void
}

/** A bar on a terminal; elsewhere, such as in a log, a line now and then. `now` is a clock in ms. */
export function createProgress (stream: NodeJS.WritableStream & { isTTY?: boolean }, now: () => number): Progress {
  if (!stream.isTTY) {
    let writtenAt = now()
    return {
      update (done, total) {
        if (now() - writtenAt < LINE_INTERVAL_MS) return
        writtenAt = now()
        stream.write(`${done} of ${total} documents\n`)
      },
      end () {}
    }
  }

  const bar = new SingleBar({ stream, format: '{bar} {percentage} %  {value} of {total} documents  {eta_formatted} left' }, Presets.shades_classic)
  bar.start(0, 0)
  return {
    update (done, total) {
      bar.setTotal(total)
      bar.update(done)
    },
    end () { bar.stop() }
  }
}
