import type { Server } from 'node:http'
import type { MetricsSettings } from './config/notify.ts'
import type { WatchListener } from './incident.ts'
import { expose, type Family } from './metrics/exposition.ts'
import { Numbers } from './metrics/numbers.ts'

export interface MetricsOptions {
  readonly settings: MetricsSettings | undefined
  /** Numbers of others: the notifications'. */
  readonly more?: () => readonly Family[]
  /** Told where it listens, and why it does not. */
  readonly tell: (text: string) => void
}

export interface Metrics extends WatchListener {
  /** Where it listens now; undefined where it does not. */
  readonly at: () => string | undefined
  readonly render: () => string
}

/** Counts what the watch tells, and serves it to Prometheus. A port that is taken is no reason not to watch: it is tried again after each round. */
export function createMetrics({ settings: given, more = () => [], tell }: MetricsOptions): Metrics {
  const numbers = new Numbers(Date.now() / 1000)
  let settings = given
  let server: Server | undefined
  let at: string | undefined
  let trying = false
  let said = ''
  const render = (): string => expose([...numbers.families(ownCost()), ...more()])
  const open = async (): Promise<void> => {
    if (settings === undefined || server || trying) return
    const where = settings.listen
    trying = true
    const { listen } = await import('./metrics/server.ts')
    const listening = await listen(where, render)
    trying = false
    const text = 'problem' in listening ? `warning: metrics cannot be served at ${where}: ${listening.problem}` : `metrics: ${listening.at}`
    if ('server' in listening) {
      if (settings?.listen !== where) return void listening.server.close()
      server = listening.server
      at = listening.at
    }
    if (text !== said) tell(text)
    said = text
  }
  const shut = (): void => {
    server?.close()
    server?.closeAllConnections()
    server = undefined
    at = undefined
  }
  void open()
  return {
    at: () => at,
    render,
    event: (event) => numbers.event(event),
    round: (round) => {
      numbers.round(round)
      void open()
    },
    reload: ({ metrics }) => {
      if (metrics?.listen === settings?.listen) return
      settings = metrics
      shut()
      void open()
    },
    close: async () => shut(),
  }
}

function ownCost(): { readonly cpuSeconds: number; readonly residentBytes: number } {
  const { user, system } = process.cpuUsage()
  return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
}
