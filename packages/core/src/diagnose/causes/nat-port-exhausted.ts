import type { ConntrackEntry } from '../../facts/network.ts'
import type { Source } from '../../facts/source.ts'
import { namespaceIn } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import { formatAddress } from '../../net/address.ts'
import { observationsOf, type Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'
import { faultOfStep, quoted } from './suspect.ts'

/** nf_nat_l4proto_unique_tuple(): source ports from 1024 up are replaced by others from there up. */
const FREE_PORTS = 65_536 - 1024

/** No source port is left for masquerading towards a destination, or new connections race for the same one. */
export const natPortExhausted: Cause = {
  id: 'nat.port-exhausted',
  suspects: (scene) => [...scene.model.namespaces.flatMap((namespace) => crowded(scene, namespace)), ...narrow(scene), ...raced(scene)],
}

/** Entries with a translated source, counted for each source and destination that share one range of ports. */
function crowded(scene: Scene, namespace: Namespace): readonly Suspect[] {
  if (namespace.conntrack.length < FREE_PORTS * 0.8) return []
  const counts = new Map<string, { first: ConntrackEntry; count: number }>()
  for (const entry of namespace.conntrack) {
    const { original, reply, protocol } = entry
    if (reply.dst === original.src) continue
    const key = `${protocol} ${formatAddress(reply.dst)} ${formatAddress(reply.src)} ${reply.sport}`
    const known = counts.get(key)
    if (known) known.count++
    else counts.set(key, { first: entry, count: 1 })
  }
  return [...counts.values()].flatMap(({ first, count }) => {
    if (count < FREE_PORTS * 0.8) return []
    const { reply } = first
    const share = Math.min(100, Math.floor((count / FREE_PORTS) * 100))
    return [
      suspected(
        'nat.port-exhausted',
        relevance(scene, (aim) => aim.addresses.has(reply.src) || passesHost(aim, namespace.host)),
        {
          where: {
            host: namespace.host,
            netns: namespace.name,
            object: `source ports of ${formatAddress(reply.dst)} towards ${formatAddress(reply.src)}:${reply.sport}`,
            source: first.source,
          },
          because: [
            told(
              `${count} entries leave as ${formatAddress(reply.dst)} for ${formatAddress(reply.src)}:${reply.sport}: ${share} % of the ports there are`,
              first.source,
            ),
          ],
          likelihood: count >= FREE_PORTS * 0.97 ? 0.9 : 0.5,
        },
      ),
    ]
  })
}

/** `--to-ports 61000-61999`, `--to-source 192.0.2.1:61000-61999`, `masquerade to :61000-61999`. */
const PORTS = /(?:--to-ports |--to-source [^ ]{1,64}:|(?:masquerade|snat(?: ip6?)?) to [^ ]{0,64}:)(\d{1,5})-(\d{1,5})/

/** A rule that gives only some ports to what it translates, and all of them are taken towards the target: the kernel drops what comes then. */
function narrow(scene: Scene): readonly Suspect[] {
  return scene.symptoms.flatMap((symptom) =>
    symptom.outcomes.flatMap(({ steps, packet, sent }) => {
      const step = steps.findLast(({ kind, text }) => kind === 'rule' && PORTS.test(text))
      const [, low, high] = PORTS.exec(step?.text ?? '') ?? []
      const namespace = step && namespaceIn(scene.model, step)
      if (!step || !namespace || packet.src === sent?.src) return []
      const room = Number(high) - Number(low) + 1
      const taken = namespace.conntrack.filter(
        ({ protocol, reply }) =>
          protocol === packet.protocol &&
          reply.dst === packet.src &&
          reply.src === packet.dst &&
          reply.sport === packet.dport &&
          reply.dport >= Number(low) &&
          reply.dport <= Number(high),
      )
      const [first] = taken
      if (!first || taken.length < room * 0.97) return []
      const target = `${formatAddress(packet.dst)}:${packet.dport}`
      return [
        {
          cause: 'nat.port-exhausted' as const,
          where: { ...faultOfStep(step), object: `source ports ${low}-${high} towards ${target}` },
          because: [
            quoted(`${room} source ports are given to what goes there`, step),
            told(`${taken.length} connections to ${target} hold one`, first.source),
          ],
          against: [],
          likelihood: 0.93,
          explains: observationsOf(symptom),
        },
      ]
    }),
  )
}

/** "One in a hundred look-ups takes 5 s": a lost packet that was sent again. */
const SPORADIC =
  /\b(?:sporadic\w*|intermittent\w*|randomly|from time to time|sometimes|(?:1|one) (?:of|in|out of) \d+|\d(?:\.\d)? ?% of)\b|\b(?:exactly |about |~)?(?:1|3|5|10) ?s(?:ec(?:ond)?s?)?\b.{0,30}\b(?:delays?|latency|slow|time-?outs?)\b|\b(?:delays?|latency|takes?) (?:of )?(?:exactly |about |~)?(?:1|3|5|10) ?s(?:ec(?:ond)?s?)?\b/i

const toldSporadic = ({ documents }: Scene): boolean =>
  documents.some(
    ({ content, text }) => content.kind === 'recognised' && content.format === 'notes' && SPORADIC.test((text ?? '').slice(0, 20_000)),
  )

/** insert_failed of `conntrack -S`: two packets were given the same tuple, and the later was dropped. Some are harmless. */
function raced(scene: Scene): readonly Suspect[] {
  const hosts = new Map<string, { failed: number; inserted: number; source: Source }>()
  for (const { content, place } of scene.documents) {
    if (content.kind !== 'conntrack-statistics') continue
    for (const { counters, source } of content.cpus) {
      const failed = counters.insert_failed ?? 0
      const known = hosts.get(place.host ?? '')
      if (known) known.failed += failed
      else hosts.set(place.host ?? '', { failed, inserted: counters.insert ?? 0, source })
    }
  }
  return [...hosts].flatMap(([host, { failed, source }]) => {
    const sporadic = relevance(
      scene,
      (aim) => (host === '' || passesHost(aim, host)) && (aim.symptom.result === 'timeout' || aim.symptom.result === 'fails'),
    )
    if (failed === 0) return []
    return [
      suspected('nat.port-exhausted', sporadic, {
        where: { host, object: 'insertion of new connections', source },
        because: [told(`conntrack could not insert ${failed} new connections (insert_failed)`, source)],
        likelihood: (failed >= 1000 ? 0.55 : failed >= 100 ? 0.4 : 0.25) + (toldSporadic(scene) ? 0.35 : 0),
      }),
    ]
  })
}
