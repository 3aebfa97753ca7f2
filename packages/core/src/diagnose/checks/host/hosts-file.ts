import { formatAddress } from '../../../net/address.ts'
import { isLoopback } from '../../../net/special.ts'
import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { type CheckScene, contentsOf, type HostView } from '../scene.ts'
import { ownName, short } from './names.ts'

export const hostsFile: Check = {
  id: 'hosts-file',
  holds: '/etc/hosts gives the host’s own name an address of its own, and the names of other hosts theirs',
  why: 'deployment tools build wrong inventories, services bind the wrong address',
  evidence: ['hosts/HOST/files/etc/hosts', 'hosts/HOST/hostname.txt', 'hosts/HOST/ip-addr.json'],
  causes: ['host.hosts-file'],
  runbook: 'write-hosts-entry',
  run: (scene) => together([...scene.hosts.values()].flatMap((host) => examine(scene, host))),
}

function examine(scene: CheckScene, host: HostView): readonly Examined[] {
  const files = contentsOf(host.documents, 'hosts').filter(({ document }) => document.place.netns === '')
  const [first] = files
  if (!first) return []
  const entries = files.flatMap(({ content }) => content.entries)
  const name = ownName(host)?.name ?? host.node?.name ?? (scene.hosts.size > 1 ? host.name : undefined)
  const findings: Found[] = []
  const finding = (severity: Found['severity'], object: string, text: string, source: Found['because'][number]['source']) =>
    findings.push({ severity, cause: 'host.hosts-file', host: host.name, object, text, because: [because(text, source)] })
  for (const { address, names, source } of entries) {
    const target = targetOf(scene, host, names, name)
    // 127.0.1.1 for the own name is what Debian writes.
    if (!target?.root || target.root.addresses.length === 0 || (isLoopback(address) && target === host)) continue
    if (!target.root.owned.has(address))
      finding(
        'error',
        '/etc/hosts',
        `/etc/hosts of ${host.name} gives ${names[0]} the address ${formatAddress(address)}, which ${target.name} does not have`,
        source,
      )
  }
  if (name !== undefined && !entries.some(({ names }) => names.some((one) => one === name || one === short(name))))
    finding('warning', '/etc/hosts', `/etc/hosts of ${host.name} does not hold its own name ${name}`, {
      file: first.document.file,
      line: first.content.entries[0]?.source.line ?? 1,
    })
  return [seen(...findings)]
}

/** The captured host that an entry names. */
function targetOf(scene: CheckScene, host: HostView, names: readonly string[], own: string | undefined): HostView | undefined {
  if (own !== undefined && names.some((name) => name === own || name === short(own))) return host
  return [...scene.hosts.values()].find((other) => {
    if (other === host) return false
    const theirs = ownName(other)?.name ?? other.node?.name ?? other.name
    return names.includes(theirs) || names.includes(short(theirs))
  })
}
