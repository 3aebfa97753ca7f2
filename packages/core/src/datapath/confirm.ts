import { type Connection, copyConnection, isConnection, withStatus } from './connection.ts'
import { copyJourney, type Journey } from './journey.ts'

/** The entries that a way made, in whichever namespace, the last one first: branches of a fork share what they have in common. */
export interface Confirmed {
  readonly namespace: string
  readonly connection: Connection
  readonly before: Confirmed | undefined
}

/** nf_conntrack_confirm(): at the end of POSTROUTING and INPUT the connection enters the table, where its reply will find it. */
export function confirm(journey: Journey): Journey {
  const { conntrack } = journey
  if (!isConnection(conntrack)) return journey
  const connection = copyConnection(conntrack)
  connection.status = withStatus(conntrack.status, { confirmed: true })
  const next = copyJourney(journey)
  next.conntrack = connection
  next.connections = { namespace: journey.machine.namespace.id, connection, before: journey.connections }
  return next
}

/** The entries of one namespace. A later state of a connection stands before the earlier one, and so is found first. */
export function confirmedIn(namespace: string, connections: Confirmed | undefined): Connection[] {
  const out: Connection[] = []
  for (let at = connections; at; at = at.before) if (at.namespace === namespace) out.push(at.connection)
  return out
}
