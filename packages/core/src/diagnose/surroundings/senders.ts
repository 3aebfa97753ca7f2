import type { Document } from '../../intake/document.ts'
import { collectObjects } from '../../model/objects.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { network, type Prefix } from '../../net/prefix.ts'
import type { Attempt, Observed } from '../observations/observation.ts'
import { memberOf } from './networks.ts'

/**
 * `docker exec NAME curl …` of a container that nothing in the evidence shows: it is one of Docker's network where there is but one, and so a
 * pod of the node's bridge. An address of that network stands for it.
 */
export function withSenders(observed: readonly Observed[], documents: readonly Document[]): readonly Observed[] {
  const { containers, pods } = collectObjects(documents)
  const known = new Set([
    ...containers.filter(({ container }) => container.complete).map(({ container }) => `container/${container.name}`),
    ...pods.filter(({ addresses }) => addresses.length > 0).map(({ namespace, name }) => `pod/${namespace}/${name}`),
  ])
  const told = addressesTold(documents)
  const bridges = bridgesOf(documents)
  return observed.map((one) => {
    if ((one.kind !== 'works' && one.kind !== 'fails') || (one.attempt.from !== undefined && known.has(one.attempt.from))) return one
    const from = addressFor(one.attempt, told, bridges)
    return from === undefined ? one : { ...one, attempt: { ...one.attempt, from } }
  })
}

function addressFor({ from, roles }: Attempt, told: ReadonlyMap<string, string>, bridges: Bridges): string | undefined {
  const name = from === undefined ? undefined : /^container\/(.+)$/.exec(from)?.[1]
  const shown = name === undefined ? undefined : told.get(name)
  if (shown !== undefined) return shown
  const isContainer = name !== undefined || (from === undefined && roles?.from === 'container')
  const isPod = from === undefined ? roles?.from === 'pod' : from.startsWith('pod/')
  const own = isContainer
    ? bridges.docker.length > 1
      ? bridges.docker.filter(({ device }) => device === 'docker0')
      : bridges.docker
    : isPod
      ? bridges.pods
      : []
  const [only, ...others] = own
  if (only === undefined || others.length > 0) return undefined
  return formatAddress(memberOf(only.prefix, PLACE))
}

/** An address that hardly anything on a bridge has: nothing in the evidence is to be mixed up with it. */
const PLACE = 201

interface Bridge {
  readonly device: string
  readonly prefix: Prefix
}
interface Bridges {
  readonly docker: readonly Bridge[]
  readonly pods: readonly Bridge[]
}

function bridgesOf(documents: readonly Document[]): Bridges {
  const all = new Map<string, Bridge>()
  for (const { content, place } of documents) {
    if (place.netns !== '') continue
    if (content.kind === 'ip-addr')
      for (const { device, family, address, prefixLength } of content.addresses)
        if (family === 'ip') all.set(`${place.host} ${device}`, { device, prefix: network(address, prefixLength) })
    if (content.kind === 'ip-route')
      for (const { nextHops, family, protocol, destination } of content.routes) {
        const device = nextHops[0]?.device
        if (device !== undefined && family === 'ip' && protocol === 'kernel' && !all.has(`${place.host} ${device}`))
          all.set(`${place.host} ${device}`, { device, prefix: destination })
      }
  }
  const of = (form: RegExp): readonly Bridge[] => [...all.values()].filter(({ device, prefix }) => form.test(device) && prefix.length <= 28)
  return { docker: of(/^(?:docker0|br-[0-9a-f]{12}|podman\d)$/), pods: of(/^(?:cni0|cbr0|cni-podman\d|kube-bridge|weave)$/) }
}

/** `docker inspect NAME | grep IPAddress`, or an inspection that breaks off: the first address under a command that names one container. */
function addressesTold(documents: readonly Document[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { content, text } of documents) {
    if (content.kind !== 'recognised' || content.format !== 'notes' || text === undefined) continue
    let name: string | undefined
    for (const line of text.split('\n')) {
      const inspected =
        /\b(?:docker|podman|nerdctl) (?:container )?inspect (?:-\S+ (?:'[^']{0,200}' |"[^"]{0,200}" )?)*([\w.-]{1,100})(?:\s*(?:\||$))/.exec(
          line.slice(0, 400),
        )?.[1]
      if (inspected !== undefined) name = inspected
      else if (/^\s*(?:\S+@\S+[#$]|\$) \S/.test(line)) name = undefined
      const address = name === undefined ? undefined : /"IPAddress": "([\d.]{7,15})"|^\s*((?:\d{1,3}\.){3}\d{1,3})\s*$/.exec(line)
      const shown = address?.[1] ?? address?.[2]
      if (name !== undefined && shown !== undefined && parseAddress(shown) !== undefined && !found.has(name)) found.set(name, shown)
    }
  }
  return found
}
