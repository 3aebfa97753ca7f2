import type { Engine } from '../../datapath/engine.ts'
import type { TraceRequest } from '../../datapath/trace.ts'
import type { Document } from '../../intake/document.ts'
import { collectCluster } from '../../model/kubernetes/cluster.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, familyOf, formatAddress } from '../../net/address.ts'
import { type Packet, PROTOCOL } from '../../net/packet.ts'
import { isLoopback } from '../../net/special.ts'
import { type Diagnosis, WORTH_MENDING } from '../diagnosis.ts'
import type { Symptom } from '../scene.ts'

/** An attempt that would tell something. */
export interface Wanted {
  readonly request: TraceRequest
  /** What it tells, for whoever is asked whether it may be made. */
  readonly why: string
}

/** Symptoms beyond these are more of the same. */
const SYMPTOMS = 4
const BACKENDS = 2

/**
 * The attempts that a diagnosis would like to have made, the most telling first: what is asked and what fails, and, unless the model has settled it,
 * the same connection from elsewhere and to what stands behind the translation. That is what elimination goes by (decision 6 of the design).
 */
export function wantedProbes(diagnosis: Diagnosis, engine: Engine, documents: readonly Document[]): readonly Wanted[] {
  const { question, symptoms, works } = diagnosis
  const asked = question ? [{ request: question.request, why: 'the question itself' }] : []
  const told = [...symptoms, ...works].slice(0, 2 * SYMPTOMS)
  const again = told.map(({ request }) => ({ request, why: 'is it still as it was told?' }))
  const open = isSettled(diagnosis) ? [] : symptoms.filter(({ outcomes }) => outcomes.length > 0).slice(0, SYMPTOMS)
  const backends = backendsByService(documents)
  return once([...asked, ...again, ...open.flatMap((symptom) => controls(symptom, engine, backends))])
}

const isSettled = ({ causes: [first], next }: Diagnosis): boolean =>
  first?.status === 'proved' && first.confidence >= WORTH_MENDING && next.length === 0

function once(wanted: readonly Wanted[]): readonly Wanted[] {
  const seen = new Set<string>()
  return wanted.filter(({ request: { from, to, src } }) => {
    const key = `${from} ${to} ${src ?? ''}`
    return seen.has(key) ? false : seen.add(key)
  })
}

/** The connection with one thing changed at a time. */
function controls({ request, outcomes }: Symptom, engine: Engine, backends: Backends): readonly Wanted[] {
  const begun = engine.beginning(request)
  if (begun.kind === 'bad-request' || !begun.sender) return []
  const { sender, packet } = begun
  const { from, to } = request
  const servers = [
    ...new Set([
      ...(backends.get(packet.dst)?.(packet.dport) ?? []),
      ...outcomes.flatMap((outcome) => translated(outcome.packet, packet) ?? []),
    ]),
  ].slice(0, BACKENDS)
  const direct = servers.map((server) => ({ request: { from, to: server }, why: 'the server itself: is it the translation?' }))
  const others = neighbours(engine, sender, packet).map((other) => ({ request: { from: placeOf(other), to }, why: elsewhere(other) }))
  const owners = [packet.dst, ...outcomes.map((outcome) => outcome.packet.dst)].flatMap((dst) => engine.model.owners.get(dst) ?? [])
  const local = owners
    .filter(({ address, namespace }) => namespace.id !== sender.id && !isLoopback(address.address))
    .map(({ address, namespace }) => {
      const port = outcomes.find((outcome) => outcome.packet.dst === address.address)?.packet.dport ?? packet.dport
      return { request: { from: placeOf(namespace), to: endpoint(address.address, port, packet.protocol) }, why: 'does it answer at the server itself?' } // biome-ignore format: one request
    })
  return [...direct, ...others, ...local.slice(0, BACKENDS)]
}

const elsewhere = ({ name, host }: Namespace): string =>
  name === '' ? `from ${host} itself: is it the sender's own namespace?` : `from another place on ${host}: is it this sender alone?`

/** The host of the sender, and one other namespace there that speaks the family. */
function neighbours({ model }: Engine, sender: Namespace, { dst, family }: Packet): readonly Namespace[] {
  const speaks = ({ addresses }: Namespace): boolean =>
    addresses.some(({ address }) => familyOf(address) === family && !isLoopback(address) && address !== dst)
  const same = model.namespaces.filter(({ host, id }) => host === sender.host && id !== sender.id)
  const host = same.find(({ name }) => name === '')
  const other = same.find((namespace) => namespace.name !== '' && speaks(namespace) && !namespace.owned.has(dst))
  return [host, other].filter((one) => one !== undefined)
}

const placeOf = ({ host, name }: Namespace): string => (name === '' ? `host/${host}` : `netns/${host}/${name}`)

const translated = (packet: Packet, sent: Packet): string | undefined =>
  packet.dst === sent.dst || isLoopback(packet.dst) ? undefined : endpoint(packet.dst, packet.dport, packet.protocol)

/** `10.42.0.3:80/tcp`, as INTERFACE.md writes places. */
function endpoint(address: Address, port: number, protocol: number): string {
  const text = formatAddress(address)
  if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return text
  return `${typeof address === 'bigint' ? `[${text}]` : text}:${port}/${protocol === PROTOCOL.udp ? 'udp' : 'tcp'}`
}

/** Endpoints of the Service that has an address, as the API server knows them. */
type Backends = ReadonlyMap<Address, (port: number) => readonly string[]>

function backendsByService(documents: readonly Document[]): Backends {
  const { services, endpoints } = collectCluster(documents)
  const found = new Map<Address, (port: number) => readonly string[]>()
  for (const { name, namespace, clusterAddresses, ports } of services)
    for (const address of clusterAddresses)
      found.set(address, (port) => {
        const asked = ports.find((one) => one.port === port)
        const protocol = asked?.protocol === 'udp' ? PROTOCOL.udp : PROTOCOL.tcp
        return (endpoints.get(`${namespace}/${name}`) ?? []).flatMap((group) => {
          const own = group.ports.find((one) => one.name === asked?.name)?.port
          return own === undefined ? [] : group.endpoints.flatMap((one) => one.addresses.map((each) => endpoint(each, own, protocol)))
        })
      })
  return found
}
