import { hostname } from 'node:os'
import type { NotifySettings } from './config/notify.ts'
import type { Incident, WatchListener } from './incident.ts'
import type { Family } from './metrics/exposition.ts'
import { alertOf } from './notify/alertmanager.ts'
import type { Sent } from './notify/post.ts'
import { Queue, type QueueOptions } from './notify/queue.ts'
import { nameOf, openTarget } from './notify/secret.ts'
import { wants, webhookBody } from './notify/webhook.ts'

export interface NotifyOptions extends Pick<QueueOptions, 'firstPause' | 'mostWaiting'> {
  readonly settings: NotifySettings
  /** Milliseconds from one round to the next: an alert is good for some of these. */
  readonly interval: number
  readonly tell: (text: string) => void
}

export interface Notifier extends WatchListener {
  readonly families: () => readonly Family[]
}

interface Target {
  readonly settings: NotifySettings[number]
  readonly name: string
  readonly queue: Queue
  /** Alertmanager's: incidents that it believes to last. */
  readonly firing: Set<string>
}

/** Rounds that an alert outlives without being sent again. */
const AHEAD = 4
/** An alert is at least so long good for, in milliseconds: a slow examination is no end of an incident. */
const LEAST_AHEAD = 300_000
/** Of each target, at its end. */
const PATIENCE = 900

/** Tells webhooks and Alertmanagers what happens, each at its own pace: one that does not answer holds up neither the watch nor the others. */
export function createNotifier(options: NotifyOptions): Notifier {
  const host = hostname()
  let interval = options.interval
  let targets = options.settings.map((settings, i) => targetOf(settings, i, options))
  const alerts = (target: Target, incidents: readonly Incident[]): void => {
    const ahead = Math.max(LEAST_AHEAD, interval * AHEAD)
    const due = incidents.filter(({ id, state }) => state === 'open' || target.firing.has(id))
    for (const { id, state } of due) if (state === 'open') target.firing.add(id)
    for (const one of due) target.queue.put({ key: one.id, body: () => JSON.stringify([alertOf(one, host, new Date(), ahead)]) })
    for (const { id, state } of due) if (state !== 'open') target.firing.delete(id)
  }
  return {
    event: (event) => {
      const { incident } = event
      for (const target of targets) {
        if ('alertmanager' in target.settings) {
          if (incident) alerts(target, [incident])
        } else if (wants(target.settings, event)) target.queue.put({ body: () => webhookBody(event, host) })
      }
    },
    round: ({ open }) => {
      for (const target of targets) if ('alertmanager' in target.settings) alerts(target, open)
    },
    reload: (config) => {
      interval = config.interval
      const same = JSON.stringify(config.notify) === JSON.stringify(targets.map(({ settings }) => settings))
      if (same) return
      for (const { queue } of targets) void queue.close()
      targets = config.notify.map((settings, i) => targetOf(settings, i, options))
    },
    close: async () => {
      const timer = setTimeout(() => {
        for (const { queue } of targets) queue.cut()
      }, PATIENCE)
      await Promise.all(targets.map(({ queue }) => queue.close()))
      clearTimeout(timer)
    },
    families: () => familiesOf(targets),
  }
}

function targetOf(settings: NotifySettings[number], index: number, { tell, firstPause, mostWaiting }: NotifyOptions): Target {
  const name = nameOf(settings, index)
  const send = async (body: string, signal: AbortSignal): Promise<Sent> => {
    const opened = openTarget(settings)
    // A secret that is not there may come.
    if ('problem' in opened) return { kind: 'failed', why: opened.problem, again: true }
    // Who tells nobody does not pay for HTTP.
    const { postJson } = await import('./notify/post.ts')
    return postJson({ ...opened, body, timeout: settings.timeout, signal })
  }
  const queue = new Queue({
    send,
    tell: (text) => tell(`warning: ${name} ${text}`),
    ...(firstPause === undefined ? {} : { firstPause }),
    ...(mostWaiting === undefined ? {} : { mostWaiting }),
  })
  return { settings, name, queue, firing: new Set() }
}

function familiesOf(targets: readonly Target[]): readonly Family[] {
  const results = ['delivered', 'failed', 'dropped'] as const
  return [
    {
      name: 'culprit_notifications_total',
      type: 'counter',
      help: 'Notifications, by target and result: delivered, failed (given up), dropped (too many waited).',
      samples: targets.flatMap(({ name, queue }, i) =>
        results.map((result) => ({ labels: { target: `${i + 1} ${name}`, result }, value: queue.counts[result] })),
      ),
    },
    {
      name: 'culprit_notifications_waiting',
      type: 'gauge',
      help: 'Notifications that wait to be sent.',
      samples: targets.map(({ name, queue }, i) => ({ labels: { target: `${i + 1} ${name}` }, value: queue.counts.waiting })),
    },
  ]
}
