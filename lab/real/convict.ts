import type { Connection } from '@culprit/core/datapath/trace'
import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import { diagnose } from '@culprit/core/diagnose/diagnose'
import { WORTH_A_LOOK } from '@culprit/core/diagnose/diagnosis'
import type { Result } from '@culprit/core/diagnose/observations/observation'
import { readDocuments } from '@culprit/core/intake/documents'
import { CAUSED } from './caused.ts'
import { SPECS } from './cluster.ts'
import { buildCluster, type ClusterSize, capturedOf, node } from './cluster-network.ts'
import { type Bundle, collect } from './collect.ts'
import { connectAll, type Seen, type Spec } from './connections.ts'
import { knowledge } from './knowledge.ts'
import { Network } from './network.ts'

/** What a diagnosis said of one connection that failed. */
export interface Verdict {
  readonly spec: Spec
  readonly kernel: readonly Connection[]
  readonly causes: readonly { readonly id: CauseId; readonly status: string; readonly confidence: number }[]
  /** The right cause's place in the list, from 0; -1: it is not there. Of a connection that works: 0 when nobody is accused. */
  readonly place: number
}

export interface Convicted {
  readonly fault: string
  readonly bundle: Bundle
  readonly verdicts: readonly Verdict[]
}

/** Builds a cluster, breaks it, makes every connection for real, and asks for the cause of each that fails; whoever is not hit has none. */
export async function convictCluster(size: ClusterSize, fault: string): Promise<Convicted> {
  const caused = CAUSED[fault]
  if (!caused) throw new Error(`no fault ${fault}`)
  const network = new Network('labk')
  try {
    await buildCluster(network, size)
    await caused.make(network, `iptables-${size.backend}`)
    await network.hasten()
    const bundle = new Map(await collect(network, capturedOf(size)))
    const legacy = size.backend === 'nft' ? await network.run(node(1), ['iptables-legacy-save']) : ''
    if (legacy.includes('-A ')) bundle.set(`hosts/${node(1)}/iptables-legacy-save.txt`, legacy)
    const specs = SPECS.filter(({ name }) => name !== 'pod to a port where nobody listens')
    const healthy = new Set(['pod to a node port elsewhere'])
    const seen = await connectAll(network, specs)
    return {
      fault,
      bundle,
      verdicts: specs.flatMap((spec, i) => (healthy.has(spec.name) ? [] : judge(bundle, spec, seen[i] as Seen, caused.causes))),
    }
  } finally {
    await network.close()
  }
}

function judge(bundle: Bundle, spec: Spec, { connections }: Seen, right: readonly CauseId[]): readonly Verdict[] {
  const failures = [...connections].filter((connection) => connection !== 'connects')
  // A loopback node port does not work without route_localnet on a healthy node either.
  if (spec.to.startsWith('127.') && !right.includes('nat.loopback')) return []
  const documents = readDocuments([...bundle].map(([path, text]) => ({ path, text })))
  const question = { request: { ...spec.from, to: `${spec.to}/tcp` }, symptom: failures[0] as Result | undefined }
  const { causes } = diagnose(documents, knowledge(), { question })
  const told = causes.map(({ id, status, confidence }) => ({ id, status, confidence }))
  const place =
    failures.length > 0 ? told.findIndex(({ id }) => right.includes(id)) : told.some(({ confidence }) => confidence > WORTH_A_LOOK) ? -1 : 0
  return [{ spec, kernel: [...connections], causes: told, place }]
}
