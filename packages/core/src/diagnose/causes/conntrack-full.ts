import type { Source } from '../../facts/source.ts'
import type { Namespace } from '../../model/namespace.ts'
import { documentsOf } from '../documents-by-kind.ts'
import type { Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** The connection tracking table holds as many entries as it may. */
export const conntrackFull: Cause = {
  id: 'conntrack.full',
  suspects: (scene) => [...scene.model.hosts.values()].flatMap((host) => suspect(scene, host)),
}

function suspect(scene: Scene, host: Namespace): readonly Suspect[] {
  const most = setting(host, 'net.netfilter.nf_conntrack_max') ?? setting(host, 'net.nf_conntrack_max')
  const count = countOf(scene, host)
  // 0 is no limit.
  if (!most || !count || most.value <= 0 || count.value < most.value * 0.9) return []
  const share = Math.floor((count.value / most.value) * 100)
  return [
    suspected(
      'conntrack.full',
      relevance(scene, (aim) => passesHost(aim, host.host) && aim.symptom.result !== 'refused'),
      {
        where: { host: host.host, object: 'connection tracking table', source: count.source },
        because: [
          told(`the table holds ${count.value} entries, ${share} % of what it may`, count.source),
          told(`net.netfilter.nf_conntrack_max is ${most.value}`, most.source),
        ],
        likelihood: count.value >= most.value * 0.98 ? 0.9 : 0.45,
      },
    ),
  ]
}

interface Known {
  readonly value: number
  readonly source: Source
}

function setting({ sysctls }: Namespace, name: string): Known | undefined {
  const value = sysctls.get(name)
  const line = sysctls.line(name)
  return value === undefined || line === undefined ? undefined : { value, source: { file: sysctls.file ?? '', line } }
}

/** The kernel's own count, `conntrack -C`, or the entries of a whole `conntrack -L`. */
function countOf(scene: Scene, host: Namespace): Known | undefined {
  const own = setting(host, 'net.netfilter.nf_conntrack_count')
  if (own) return own
  const counts: Known[] = documentsOf(scene.documents, 'counters').flatMap(({ place, content, file, command = '' }) => {
    if ((place.host ?? host.host) !== host.host || place.netns !== '') return []
    if (/conntrack/.test(file) || /\bconntrack\b.*-C|nf_conntrack_count/.test(command)) return content.values.get('') ?? []
    return []
  })
  const first = host.conntrack[0]
  if (first) counts.push({ value: host.conntrack.length, source: first.source })
  return counts.sort((a, b) => b.value - a.value)[0]
}
