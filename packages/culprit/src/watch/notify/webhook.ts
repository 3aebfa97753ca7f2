import { escapeAll } from '@culprit/core/report/escape'
import type { NotifySettings } from '../config/notify.ts'
import type { WatchEvent } from '../incident.ts'

/** What is of interest to people who are told, where they do not say. */
const USUAL: ReadonlySet<WatchEvent['kind']> = new Set([
  'opened',
  'updated',
  'repaired',
  'repair-failed',
  'recovered',
  'relapsed',
  'closed',
  'reload-failed',
  'store-lost',
  'repairs-stopped',
])

type Webhook = Extract<NotifySettings[number], { readonly webhook: unknown }>

export const wants = ({ events }: Webhook, { kind }: WatchEvent): boolean => (events ? events.some((one) => one === kind) : USUAL.has(kind))

/**
 * `culprit.notification/v1` of docs/watch-metrics.md: what happened, and the incident as it is then. Text from evidence is shown as what it is: control and
 * directional characters do not reach whoever displays it.
 */
export function webhookBody(event: WatchEvent, host: string): string {
  const { kind, seq, at, text, incident } = event
  return JSON.stringify(
    escapeAll({
      schema: 'culprit.notification/v1',
      host,
      event: { kind, seq, at: at.wall, text: cut(text) },
      // Chats take a field `text` and show it.
      text: cut(`${host}: ${incident ? `${incident.criterion.name} ${kind}: ` : `${kind}: `}${text}`),
      incident: incident ?? null,
    }),
  )
}

const MOST = 2000
const cut = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST)}…` : text)
