import type { Document } from '../../intake/document.ts'
import { hostOfNode } from '../../model/kubernetes/node-host.ts'
import { formatAddress } from '../../net/address.ts'
import { isLoopback } from '../../net/special.ts'
import type { HostsEntry } from '../../parse/names/hosts.ts'
import type { Scene } from '../scene.ts'
import type { Because, Cause, Suspect } from './cause.ts'
import { clusterOf } from './cluster.ts'
import { isNamed, passesHost, relevance } from './relevance.ts'
import { suspected, told } from './state.ts'

/** /etc/hosts lacks the machine's own name, or gives it or another machine a wrong address. */
export const hostHostsFile: Cause = {
  id: 'host.hosts-file',
  suspects: (scene) => scene.documents.flatMap((document) => suspect(scene, document)),
}

function suspect(scene: Scene, { content, place, file }: Document): readonly Suspect[] {
  if (content.kind !== 'hosts' || place.netns !== '' || place.host === undefined) return []
  const { host } = place
  const name = hostname(scene, host)?.toLowerCase()
  const found = [...(name === undefined ? [] : ownName(scene, host, name, content.entries, file)), ...otherNodes(scene, content.entries)]
  return found.map(({ because, likelihood, about }) =>
    suspected(
      'host.hosts-file',
      relevance(scene, (aim) => isNamed(aim, about, '') || (passesHost(aim, host) && aim.symptom.result === 'no-name')),
      {
        where: { host, object: `/etc/hosts, name ${about}`, source: because[0]?.source },
        because,
        likelihood,
      },
    ),
  )
}

interface Found {
  readonly because: readonly Because[]
  readonly likelihood: number
  readonly about: string
}

const hostname = (scene: Scene, host: string): string | undefined =>
  scene.documents.flatMap(({ content, place }) =>
    content.kind === 'hostname' && place.host === host && place.netns === '' ? [content.name] : [],
  )[0]

function ownName(scene: Scene, host: string, name: string, entries: readonly HostsEntry[], file: string): readonly Found[] {
  const own = scene.model.hosts.get(host)
  const naming = entries.filter(({ names }) => names.includes(name) || names.includes(name.split('.')[0] as string))
  if (naming.length === 0)
    // DNS or nss-myhostname may know it.
    return [{ about: name, likelihood: 0.3, because: [told(`/etc/hosts has no line for the host's own name ${name}`, { file, line: 1 })] }]
  const wrong = naming.filter(({ address }) => !isLoopback(address) && own && own.addresses.length > 0 && !own.owned.has(address))
  if (wrong.length > 0)
    return [
      {
        about: name,
        likelihood: 0.75,
        because: wrong.map(({ address, source }) =>
          told(`/etc/hosts gives ${name} the address ${formatAddress(address)}, which no interface of the host has`, source),
        ),
      },
    ]
  const loop = naming.filter(({ address }) => isLoopback(address))
  if (loop.length === 0 || loop.length < naming.length) return []
  return [
    {
      about: name,
      likelihood: 0.3,
      because: loop.map(({ address, source }) =>
        told(
          `/etc/hosts gives ${name} the loopback address ${formatAddress(address)}: who binds to the name is reached from the host only`,
          source,
        ),
      ),
    },
  ]
}

/** A line for another machine of the cluster with an address that is not its own. */
function otherNodes(scene: Scene, entries: readonly HostsEntry[]): readonly Found[] {
  return clusterOf(scene).nodes.flatMap((node) => {
    const known = [...node.internalAddresses, ...node.externalAddresses]
    const own = hostOfNode(scene.model, node)
    const naming = entries.filter(({ names }) => names.includes(node.name.toLowerCase()))
    const right = naming.some(({ address }) => known.includes(address) || isLoopback(address) || own?.owned.has(address))
    if (known.length === 0 || naming.length === 0 || right) return []
    const [first] = naming
    if (!first) return []
    return [
      {
        about: node.name,
        likelihood: 0.6,
        because: [
          told(`/etc/hosts gives ${node.name} the address ${formatAddress(first.address)}`, first.source),
          told(`Node ${node.name} has ${known.map(formatAddress).join(', ')}`, node.source),
        ],
      },
    ]
  })
}
