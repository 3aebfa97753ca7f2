import { fileURLToPath } from 'node:url'
import type { Connection, TraceRequest } from '@culprit/core/datapath/trace'
import type { Network } from './network.ts'

/** A connection to try and to ask culprit about. */
export interface Spec {
  readonly name: string
  /** The namespace of the lab that it is made from. */
  readonly inside: string
  /** HOST:PORT */
  readonly to: string
  /** How it is asked: `from`, and for a packet from outside where it comes in. */
  readonly from: Omit<TraceRequest, 'to'>
  /** More than one where a rule picks at random. */
  readonly tries: number
}

/** What came of it: several where a rule picks at random. */
export interface Seen {
  readonly connections: ReadonlySet<Connection>
  /** Who answered, by his own page. */
  readonly answered: ReadonlySet<string>
}

/**
 * An unresolved neighbour shows after 0.3 s in these namespaces, an accepted connection at once. An ICMP error that comes while connect(2) still
 * holds its socket is only noted (tcp_v4_err): the sender learns of it when the SYN is repeated, after 1 s and again after 3.
 */
const SECONDS = 3.5

/** As core's icmp_err_convert[] and ip(7): what connect(2) says. */
const ERRORS: Readonly<Record<string, Connection>> = {
  '': 'connects',
  ECONNREFUSED: 'refused',
  TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EACCES: 'unreachable',
  EINVAL: 'unreachable',
  ENOPROTOOPT: 'unreachable',
}

/** lab/real/probe.py, from the sources and from dist/. */
const PROBE = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../real/probe.py' : './probe.py', import.meta.url))

/** Makes all connections, those of one namespace at the same time. Answers are in the order of `specs`. */
export async function connectAll(network: Network, specs: readonly Spec[]): Promise<readonly Seen[]> {
  const seen = new Map<Spec, Seen>()
  const namespaces = [...new Set(specs.map((spec) => spec.inside))]
  await Promise.all(
    namespaces.map(async (name) => {
      const asked = specs.filter((spec) => spec.inside === name).flatMap((spec) => Array.from({ length: spec.tries }, () => spec))
      const text = await network.run(name, ['python3', PROBE, String(SECONDS), ...asked.map((spec) => spec.to)])
      const results = text.trim().split('\n').map(resultOf)
      for (const spec of asked) {
        const own = results.filter((_, i) => asked[i] === spec)
        const answered = own.map(({ who }) => who).filter((who) => who !== '')
        seen.set(spec, { connections: new Set(own.map(({ connection }) => connection)), answered: new Set(answered) })
      }
    }),
  )
  return specs.map((spec) => seen.get(spec) as Seen)
}

function resultOf(line: string): { readonly connection: Connection; readonly who: string } {
  const [error, who] = JSON.parse(line) as [string, string]
  const connection = ERRORS[error]
  if (connection === undefined) throw new Error(`the probe met ${error}`)
  return { connection, who }
}
