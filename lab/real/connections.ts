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
  /** The address that it is made from, where it is not the usual one. */
  readonly bind?: string
  /** More than one where a rule picks at random. */
  readonly tries: number
}

/** What came of it: several where a rule picks at random. */
export interface Seen {
  readonly connections: ReadonlySet<Connection>
  /** Who answered, by his own page. */
  readonly answered: ReadonlySet<string>
}

/** An unresolved neighbour shows after 0.3 s in these namespaces, everything else at once, however busy the machine. */
const SECONDS = 2

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
  const namespaces = [...new Set(specs.map((spec) => spec.inside))]
  const parts = namespaces.map((inside) =>
    connect(
      network,
      'together',
      inside,
      specs.filter((spec) => spec.inside === inside),
    ),
  )
  const seen = new Map((await Promise.all(parts)).flatMap((part) => [...part]))
  return specs.map((spec) => seen.get(spec) as Seen)
}

/** Makes the connections of one spec one after the other, while nothing else moves. */
export async function connectAlone(network: Network, spec: Spec): Promise<Seen> {
  return (await connect(network, 'alone', spec.inside, [spec])).get(spec) as Seen
}

async function connect(
  network: Network,
  manner: 'together' | 'alone',
  inside: string,
  specs: readonly Spec[],
): Promise<ReadonlyMap<Spec, Seen>> {
  const asked = specs.flatMap((spec) => Array.from({ length: spec.tries }, () => spec))
  const text = await network.run(inside, [
    'python3',
    PROBE,
    manner,
    String(SECONDS),
    ...asked.map(({ to, bind }) => (bind === undefined ? to : `${to}@${bind}`)),
  ])
  const results = text.trim().split('\n').map(resultOf)
  return new Map(
    specs.map((spec) => {
      const own = results.filter((_, i) => asked[i] === spec)
      const answered = own.map(({ who }) => who).filter((who) => who !== '')
      return [spec, { connections: new Set(own.map(({ connection }) => connection)), answered: new Set(answered) }]
    }),
  )
}

function resultOf(line: string): { readonly connection: Connection; readonly who: string } {
  const [error, who] = JSON.parse(line) as [string, string]
  const connection = ERRORS[error]
  if (connection === undefined) throw new Error(`the probe met ${error}`)
  return { connection, who }
}
