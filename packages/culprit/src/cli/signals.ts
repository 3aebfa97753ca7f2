import { setMaxListeners } from 'node:events'

/**
 * Runs a job that is told when the user wants it to end (SIGINT, SIGTERM, SIGHUP): it then puts back what it changed and hands over what it has. A second
 * signal does not wait.
 */
export async function withSignals<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  // Every command that runs listens to it: hosts times commands at once.
  setMaxListeners(0, abort.signal)
  const onSignal = (signal: NodeJS.Signals): void => {
    if (abort.signal.aborted) process.exit(128 + (signal === 'SIGINT' ? 2 : 15))
    abort.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await job(abort.signal)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
