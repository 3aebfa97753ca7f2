import { createEngine } from '../../../datapath/engine.ts'
import type { ConntrackEntry } from '../../../facts/network.ts'
import { applyChanges } from '../../../model/change/apply.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { isSick } from '../../proof.ts'
import { observationsOf, retraced, type Scene, type Symptom } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'

/** Entries of a symptom's connection that are looked at. */
const MAX_ENTRIES = 4

/**
 * A connection that conntrack still knows goes where it went (nf_nat is asked for the first packet only), be the endpoint gone or the rule changed
 * since: a client that keeps its source port, as DNS over UDP does, never gets out of it.
 */
export const STALE_CONNECTION: Cause = {
  id: 'conntrack.stale',
  suspects: (scene) => scene.symptoms.flatMap((symptom) => [...scene.model.hosts.values()].flatMap((host) => ofHost(scene, symptom, host))),
}

function ofHost(scene: Scene, symptom: Symptom, host: Namespace): readonly Suspect[] {
  const sent = symptom.outcomes[0]?.sent
  if (!sent) return []
  const entries = host.conntrack.filter(
    ({ protocol, original }) =>
      protocol === sent.protocol && original.dst === sent.dst && original.dport === sent.dport && original.src === sent.src,
  )
  return entries.slice(0, MAX_ENTRIES).flatMap((entry) => ofEntry(scene, symptom, host, entry) ?? [])
}

function ofEntry(scene: Scene, symptom: Symptom, host: Namespace, entry: ConntrackEntry): Suspect | undefined {
  const request = { ...symptom.request, sport: entry.original.sport }
  const before = retraced(scene.engine, symptom, request)
  if (before.outcomes.length === 0 || !isSick(before, before)) return undefined
  const without = [{ kind: 'conntrack-removed', entry: { source: entry.source } }] as const
  const after = retraced(createEngine(applyChanges(scene.documents, without).documents), symptom, request)
  if (after.outcomes.length === 0 || isSick(after, before)) return undefined
  return {
    cause: 'conntrack.stale',
    where: {
      host: host.host,
      object: `connection ${formatAddress(entry.original.src)}:${entry.original.sport} → ${formatAddress(entry.original.dst)}:${entry.original.dport}`,
      source: entry.source,
    },
    because: [
      {
        text: `conntrack still sends it to ${formatAddress(entry.reply.src)}; a new connection goes another way and works`,
        source: entry.source,
      },
    ],
    against: [],
    likelihood: 0.9,
    without,
    request,
    explains: observationsOf(symptom),
  }
}
