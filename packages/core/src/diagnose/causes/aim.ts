import type { Outcome } from '../../datapath/trace.ts'
import { parsePlace } from '../../model/place.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import type { Scene, Symptom } from '../scene.ts'

/** What a failing connection was meant for, as far as it is told: by its words, and by its packet's way on the model. */
export interface Aim {
  readonly symptom: Symptom
  /** Keys of `endKey`: the destination as it was asked for, and after each translation. */
  readonly ends: ReadonlySet<string>
  readonly addresses: ReadonlySet<Address>
  readonly ports: ReadonlySet<number>
  /** `pod/default/web`, `svc/default/web`, `container/web`, `host/h`, `netns/h/p1`: the target as it was written, without port. */
  readonly place: string | undefined
  /** The name that was asked for, in lower case. */
  readonly name: string | undefined
  /** Hosts that the packet or its answer passed or ended at. */
  readonly hosts: ReadonlySet<string>
  /** Namespaces (`host/netns`) where it ended. */
  readonly endedAt: ReadonlySet<string>
  /** Where it was sent from: `host/h`, `pod/default/web`. */
  readonly from: string
}

export const endKey = (address: Address, port: number): string => `${formatAddress(address)} ${port}`

const known = new WeakMap<Scene, readonly Aim[]>()

/** The failing connections of a scene, the question first. What was only asked about, and connects on the model, does not fail. */
export function aimsOf(scene: Scene): readonly Aim[] {
  const cached = known.get(scene)
  if (cached) return cached
  const aims = scene.symptoms.filter((symptom) => !connects(symptom)).map((symptom) => aimOf(scene, symptom))
  known.set(scene, aims)
  return aims
}

export const connects = ({ result, outcomes }: Symptom): boolean =>
  result === 'connects' || (result === undefined && outcomes.length > 0 && outcomes.every(({ connection }) => connection === 'connects'))

function aimOf(scene: Scene, symptom: Symptom): Aim {
  const { request, outcomes } = symptom
  const to = parsePlace(request.to)
  const port = typeof to?.port === 'number' ? to.port : undefined
  const ends = new Set<string>()
  const addresses = new Set<Address>()
  const ports = new Set<number>()
  const add = (address: Address, at: number | undefined): void => {
    addresses.add(address)
    if (at !== undefined && at > 0) ports.add(at)
    ends.add(endKey(address, at ?? 0))
  }
  if (port !== undefined) ports.add(port)
  for (const address of addressesOfPlace(scene, to?.place)) add(address, port)
  for (const { sent, packet, steps } of outcomes)
    for (const seen of [sent, packet, ...steps.filter(({ kind }) => kind === 'rule').map((step) => step.packet)])
      if (seen) add(seen.dst, seen.dport)
  return {
    symptom,
    ends,
    addresses,
    ports,
    place: to ? request.to.replace(/(?::[\w-]+)?(?:\/(?:tcp|udp|icmp|sctp|icmpv6))?$/, '') : undefined,
    name: nameOf(scene, symptom),
    hosts: new Set(outcomes.flatMap(hostsOf)),
    endedAt: new Set(outcomes.map(({ at }) => `${at.host}/${at.netns}`)),
    from: request.from,
  }
}

function addressesOfPlace(scene: Scene, place: NonNullable<ReturnType<typeof parsePlace>>['place'] | undefined): readonly Address[] {
  const { pods, services, containers } = scene.objects
  switch (place?.kind) {
    case 'address':
      return [place.address]
    case 'pod':
      return pods.filter((pod) => pod.name === place.name && pod.namespace === place.namespace).flatMap((pod) => pod.addresses)
    case 'service':
      return services
        .filter((service) => service.name === place.name && service.namespace === place.namespace)
        .flatMap((service) => service.clusterAddresses)
    case 'container':
      return containers
        .filter(({ container }) => container.name === place.name)
        .flatMap(({ container }) => container.endpoints.flatMap((endpoint) => endpoint.addresses))
    default:
      return []
  }
}

/** `http://web.shop.svc/` was resolved to an address, or could not be: the words are kept in the observation. */
function nameOf(scene: Scene, { observation, request }: Symptom): string | undefined {
  const seen = scene.observations.find(({ id }) => id === observation)
  const attempt = seen?.kind === 'fails' || seen?.kind === 'works' ? seen.attempt : undefined
  const text = attempt?.name ?? (parsePlace(request.to) ? undefined : request.to)
  const name = text
    ?.replace(/^[a-z]+:\/\//i, '')
    .split(/[/:]/)[0]
    ?.toLowerCase()
    .replace(/\.$/, '')
  return name === undefined || name === '' || parseAddress(name) !== undefined ? undefined : name
}

const hostsOf = (outcome: Outcome): readonly string[] => [
  outcome.at.host,
  ...outcome.steps.map(({ host }) => host),
  ...(outcome.reply ? hostsOf(outcome.reply) : []),
]
