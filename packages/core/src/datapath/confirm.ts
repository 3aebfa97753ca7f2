import { isConnection } from './connection.ts'
import type { Journey } from './journey.ts'

/** nf_conntrack_confirm(): at the end of POSTROUTING and INPUT the connection enters the table, where its reply will find it. */
export function confirm(journey: Journey): Journey {
  const { conntrack } = journey
  if (!isConnection(conntrack)) return journey
  const { id } = journey.machine.namespace
  const confirmed = { ...conntrack, status: { ...conntrack.status, confirmed: true } }
  const known = (journey.connections.get(id) ?? []).filter((other) => other.original !== conntrack.original)
  return { ...journey, conntrack: confirmed, connections: new Map([...journey.connections, [id, [...known, confirmed]]]) }
}
