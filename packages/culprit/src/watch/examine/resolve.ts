import type { Engine } from '@culprit/core/datapath/engine'
import type { Sender, Target } from '@culprit/core/datapath/matrix/place'
import { allPlaces } from '@culprit/core/datapath/matrix/places'
import { selectPlaces } from '@culprit/core/datapath/matrix/select'
import type { Document } from '@culprit/core/intake/document'
import { collectObjects } from '@culprit/core/model/objects'
import { familyOf } from '@culprit/core/net/address'
import { Bundle } from '../../collect/bundle.ts'
import { discover } from '../../collect/discover.ts'
import { localExecutor } from '../../exec/local.ts'
import type { NamespaceRef } from '../../exec/namespace.ts'
import type { Attempt } from '../../probe/attempt.ts'
import { attemptFor } from '../../probe/probe.ts'
import type { Criterion, FlowCriterion } from '../config/criteria.ts'
import type { ResolvedFlow } from '../look/flow.ts'
import { inodeOf, type ProbePlace } from '../look/place.ts'
import { fullPlace } from './question.ts'

/** Pairs of one criterion that are tried at most: a name with a `*`, a target with many ports. */
const MOST_PAIRS = 32

/** Finds for each flow that is to be tried where it starts on this machine, and the addresses and ports that it goes to. */
export async function resolveFlows(
  engine: Engine,
  documents: readonly Document[],
  criteria: readonly Criterion[],
  host: string,
  signal?: AbortSignal,
): Promise<readonly ResolvedFlow[]> {
  const flows = criteria.filter((one): one is FlowCriterion => one.kind === 'flow' && one.by === 'probe')
  if (flows.length === 0) return []
  const places = allPlaces(engine.model, collectObjects(documents))
  const namespaces = await namespacesHere(host, signal)
  return flows.map((criterion) => {
    const { from, to } = criterion.flow
    const { places: found, unknown } = selectPlaces(places, [fullPlace(from, host)], [fullPlace(to, host)])
    if (unknown.length > 0) return unresolved(criterion, `nobody here is ${unknown.join(' or ')}`)
    return resolved(criterion, found.senders, found.targets, engine, host, namespaces)
  })
}

const unresolved = ({ name }: FlowCriterion, why: string): ResolvedFlow => ({ kind: 'unknown', name, why })

function resolved(
  criterion: FlowCriterion,
  senders: readonly Sender[],
  targets: readonly Target[],
  engine: Engine,
  host: string,
  namespaces: ReadonlyMap<string, NamespaceRef>,
): ResolvedFlow {
  const pairs = senders.flatMap((sender) =>
    targets
      .filter((target) => target.protocol !== 'sctp' && sender.addresses.some((address) => familyOf(address) === target.family))
      .map((target) => ({ sender, target })),
  )
  if (pairs.length === 0) return unresolved(criterion, 'no attempt can be made of it')
  if (pairs.length > MOST_PAIRS)
    return unresolved(criterion, `it stands for ${pairs.length} pairs, and ${MOST_PAIRS} at most are tried: name a port, or fewer places`)
  const attempts: { place: ProbePlace; attempt: Attempt }[] = []
  for (const [id, { sender, target }] of pairs.entries()) {
    const place = placeOf(sender, engine, host, namespaces)
    if (!place) return unresolved(criterion, `${sender.place} is not on this machine`)
    attempts.push({ place, attempt: attemptOf(target, id, criterion) })
  }
  return { kind: 'known', name: criterion.name, attempts }
}

/** A connection alone is asked for unless the configuration says what is to be spoken; a datagram needs words to be answered. */
function attemptOf(target: Target, id: number, { talk, within, flow }: FlowCriterion): Attempt {
  const usual = attemptFor(target, id, within / 1000)
  return { ...usual, talk: talk ?? (usual.protocol === 'udp' ? usual.talk : undefined), src: flow.src }
}

function placeOf(
  { namespace }: Sender,
  engine: Engine,
  host: string,
  namespaces: ReadonlyMap<string, NamespaceRef>,
): ProbePlace | undefined {
  const known = namespace === undefined ? undefined : engine.model.byId.get(namespace)
  if (known?.host !== host) return undefined
  if (known.name === '') return { kind: 'own' }
  const ref = namespaces.get(known.name)
  const inode = ref && inodeOf(ref)
  return ref && inode !== undefined ? { kind: 'namespace', ref, inode } : undefined
}

/** The namespaces of this machine by their names in a bundle. */
async function namespacesHere(host: string, signal?: AbortSignal): Promise<ReadonlyMap<string, NamespaceRef>> {
  const run = { executor: localExecutor(), bundle: new Bundle(), folder: { host }, signal }
  return new Map((await discover(run)).map(({ netns, ref }) => [netns, ref]))
}
