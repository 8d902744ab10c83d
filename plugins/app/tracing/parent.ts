import { trace } from '@opentelemetry/api'

/** Whether what runs now is part of a trace that is sampled: the server's own timers begin none by their commands. */
export function isTraced (): boolean {
  return trace.getActiveSpan()?.isRecording() === true
}
