import { because, type Check, missing, seen, together } from '../check.ts'
import { capturedHosts, contentsOf, type HostView, sysctlSource } from '../scene.ts'

const MAX = 'net.netfilter.nf_conntrack_max'
const COUNT = 'net.netfilter.nf_conntrack_count'

export const conntrackFill: Check = {
  id: 'conntrack-fill',
  holds: 'the connection tracking table has room',
  why: 'new connections are dropped at random',
  evidence: ['hosts/HOST/sysctl.txt', 'hosts/HOST/conntrack-count.txt'],
  causes: ['conntrack.full'],
  runbook: 'set-sysctl',
  run: (scene) =>
    together(
      capturedHosts(scene).map((host) => {
        const { root, name, folder } = host
        const most = root.sysctls.get(MAX) ?? root.sysctls.get('net.nf_conntrack_max')
        const used = countOf(host)
        if (most === undefined || most === 0 || used === undefined) return missing(`${folder}/sysctl.txt`)
        const share = used.value / most
        if (share < 0.8) return seen()
        return seen({
          severity: share >= 0.95 ? 'error' : 'warning',
          cause: 'conntrack.full',
          host: name,
          object: MAX,
          text: `${used.value} of ${most} connections are tracked (${Math.round(share * 100)} %)`,
          because: [because(`${used.value} entries`, used.source), because(`${MAX} = ${most}`, sysctlSource(root, MAX))],
        })
      }),
    ),
}

function countOf(host: HostView & { readonly root: NonNullable<HostView['root']> }) {
  const value = host.root.sysctls.get(COUNT)
  if (value !== undefined) return { value, source: sysctlSource(host.root, COUNT) }
  const alone = contentsOf(host.documents, 'counters').flatMap(({ content }) => content.values.get('') ?? [])[0]
  return alone && { value: alone.value, source: alone.source }
}
