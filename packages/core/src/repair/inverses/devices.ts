import type { FdbEntry, InterfaceAddress, Link } from '../../facts/network.ts'
import type { Namespace } from '../../model/namespace.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { type Inverse, none, undo } from '../inverse.ts'
import type { Operation } from '../operation.ts'
import { after, ipArgv } from '../operations/ip.ts'

type Kind<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>

/** `expandOf` has taken apart what goes with a link that is deleted; here the link itself comes back, with its index, address and MTU. */
export function inverseOfLink(op: Kind<'link-set'> | Kind<'link-add' | 'link-delete'>, namespace: Namespace | undefined): Inverse {
  if (op.kind === 'link-add') return undo(ipArgv({ kind: 'link-delete', device: op.device, words: [] }))
  const link = namespace?.links.get(op.device)
  if (!link) return none(`the evidence has no device ${op.device}`)
  if (op.kind === 'link-set') {
    const settings = settingsBefore(op.settings, link)
    return settings ? undo(ipArgv({ ...op, settings })) : none(`the evidence does not tell what ${op.settings.join(' ')} was before`)
  }
  const words = creationWords(link, namespace)
  if (!words) return none(`a device of type ${link.type ?? 'unknown'} cannot be made again from the evidence`)
  return undo(['sh', '-c', MAKE_AGAIN, 'make-again', ...ipArgv({ kind: 'link-add', device: op.device, words }).slice(3)])
}

/** Whoever owns the device may have made it anew meanwhile: that one goes, and the one that was comes back. */
const MAKE_AGAIN = 'ip link del dev "$1" 2>/dev/null; exec ip link add "$@"'

function settingsBefore(settings: readonly string[], link: Link): readonly string[] | undefined {
  const out: string[] = []
  for (let i = 0; i < settings.length; i++) {
    const word = settings[i]
    if (word === 'up' || word === 'down') out.push(link.flags.includes('UP') ? 'up' : 'down')
    else if (word === 'mtu' && link.mtu !== undefined) out.push('mtu', String(link.mtu)) && i++
    else if (word === 'address' && link.mac !== undefined) out.push('address', link.mac) && i++
    else if (word === 'master') out.push(...masterOf(link)) && i++
    else if (word === 'nomaster') out.push(...masterOf(link))
    else return undefined
  }
  return out
}

const masterOf = (link: Link): readonly string[] => (link.master === undefined ? ['nomaster'] : ['master', link.master])

/** What `ip link add DEVICE` needs to make the device again. */
function creationWords(link: Link, namespace: Namespace | undefined): readonly string[] | undefined {
  // br_stp_recalculate_bridge_id(): a bridge that was given no address has the lowest of its ports', and takes it again by itself
  const ofPort = link.type === 'bridge' && (namespace?.portsOf.get(link.name) ?? []).some(({ mac }) => mac === link.mac)
  const common = [
    ...(link.index > 0 ? ['index', String(link.index)] : []),
    ...(link.mac === undefined || ofPort ? [] : ['address', link.mac]),
    ...(link.mtu === undefined ? [] : ['mtu', String(link.mtu)]),
  ]
  if (link.type === 'bridge')
    return [
      ...common,
      'type',
      'bridge',
      ...(link.bridge?.stp ? ['stp_state', '1'] : []),
      ...(link.bridge?.vlanFiltering ? ['vlan_filtering', '1'] : []),
    ]
  if (link.type !== 'vxlan' || !link.vxlan || link.vxlan.external) return undefined
  const { id, local, remote, group, device, port, learning } = link.vxlan
  return [
    ...common,
    ...['type', 'vxlan', 'id', String(id)],
    ...(remote === undefined ? [] : ['remote', formatAddress(remote)]),
    ...(group === undefined ? [] : ['group', formatAddress(group)]),
    ...(local === undefined ? [] : ['local', formatAddress(local)]),
    ...(device === undefined ? [] : ['dev', device]),
    ...['dstport', String(port)],
    ...(learning ? [] : ['nolearning']),
  ]
}

const PORT: Readonly<Record<string, 'hairpin' | 'isolated' | 'flood' | 'learning'>> = {
  hairpin: 'hairpin',
  isolated: 'isolated',
  flood: 'flood',
  learning: 'learning',
}

export function inverseOfPort(op: Kind<'bridge-port'>, namespace: Namespace | undefined): Inverse {
  const port = namespace?.links.get(op.device)?.port
  const key = PORT[op.settings[0] ?? '']
  if (!port || !key || op.settings.length !== 2) return none(`the evidence does not tell what ${op.settings.join(' ')} was on ${op.device}`)
  return undo(ipArgv({ ...op, settings: [op.settings[0] as string, port[key] ? 'on' : 'off'] }))
}

export function inverseOfAddress(op: Kind<'address'>, namespace: Namespace | undefined): Inverse {
  if (op.action === 'add') return undo(ipArgv({ ...op, action: 'delete', words: op.words.slice(0, 1) }))
  const known = addressMeant(op, namespace)
  if (!known) return none(`the evidence has no address ${op.words[0]} on ${op.device}`)
  const back = ipArgv({ ...op, action: 'add', words: addressWords(known) })
  const later = laterThan(known, namespace)
  return undo(later.length === 0 ? back : inOrder(back, later))
}

/** Addresses that stood behind it; none where a route prefers one of them as source, which would go with it. */
function laterThan(address: InterfaceAddress, namespace: Namespace | undefined): readonly InterfaceAddress[] {
  const own = (namespace?.addressesOf.get(address.device) ?? []).filter(
    ({ family, scope }) => family === address.family && scope === address.scope,
  )
  const later = own.slice(own.indexOf(address) + 1)
  const preferred = namespace?.fib[address.family].routes.some(
    (route) => route.protocol !== 'kernel' && later.some((one) => one.address === route.preferredSource),
  )
  return address.family === 'ip6' || preferred || !/^[\w.@-]+$/.test(address.device) ? [] : later
}

/**
 * The kernel puts a new address behind the others, and the first is the source of packets: those that stood behind it leave and come again, while it
 * is there, so that the device never is without an address.
 */
function inOrder(back: readonly string[], later: readonly InterfaceAddress[]): readonly string[] {
  const lines = later.flatMap((one) => {
    const words = addressWords(one)
    return [`address del ${words[0]} dev ${one.device}`, `address add ${words.join(' ')} dev ${one.device}`]
  })
  return ['sh', '-c', `printf '%s\\n' "$@" | ip -batch -`, 'addresses', back.slice(1).join(' '), ...lines]
}

export function addressMeant(op: Kind<'address'>, namespace: Namespace | undefined): InterfaceAddress | undefined {
  const prefix = parsePrefix(op.words[0] ?? '')
  const wanted = prefix?.address ?? parseAddress((op.words[0] ?? '').split('/')[0] ?? '')
  const length = op.words[0]?.includes('/') ? Number(op.words[0].split('/')[1]) : undefined
  const own = parseAddress((op.words[0] ?? '').split('/')[0] ?? '') ?? wanted
  return namespace?.addressesOf.get(op.device)?.find((one) => one.address === own && (length === undefined || one.prefixLength === length))
}

export function addressWords(one: InterfaceAddress): readonly string[] {
  return [
    ...(one.peer === undefined
      ? [`${formatAddress(one.address)}/${one.prefixLength}`]
      : [formatAddress(one.address), 'peer', `${formatAddress(one.peer)}/${one.prefixLength}`]),
    ...(one.broadcast === undefined ? [] : ['broadcast', formatAddress(one.broadcast)]),
    ...['scope', one.scope === 'nowhere' ? 'global' : one.scope],
    ...(one.label === undefined || one.label === one.device ? [] : ['label', one.label]),
  ]
}

export function inverseOfNeighbour(op: Kind<'neighbour'>, namespace: Namespace | undefined): Inverse {
  const address = parseAddress(op.address)
  const known = namespace?.neighbours.find((one) => one.address === address && one.device === op.device && !one.proxy)
  const lasting = known?.mac !== undefined && (known.state === 'PERMANENT' || known.state === 'NOARP')
  const restore = (): Inverse =>
    undo(ipArgv({ ...op, action: 'replace', words: ['lladdr', known?.mac ?? '', 'nud', known?.state.toLowerCase() ?? ''] }))
  if (lasting && op.action !== 'add') return restore()
  if (op.action === 'delete')
    return known ? { kind: 'itself', why: 'a neighbour that was learned is learned again' } : none('the evidence has no such neighbour')
  return undo(ipArgv({ ...op, action: 'delete', words: [] }))
}

export function inverseOfFdb(op: Kind<'fdb'>, namespace: Namespace | undefined): Inverse {
  const known = entriesMeant(op, namespace)
  if (op.action === 'add' || op.action === 'append' || (op.action === 'replace' && known.length === 0))
    return undo(ipArgv({ ...op, action: 'delete' }))
  const [entry] = known
  if (!entry) return none('the evidence has no such forwarding entry')
  return undo(ipArgv({ ...op, action: op.action === 'replace' ? 'replace' : 'append', words: fdbWords(entry) }))
}

export function entriesMeant(op: Kind<'fdb'>, namespace: Namespace | undefined): readonly FdbEntry[] {
  const destination = op.action === 'replace' ? undefined : parseAddress(after(op.words, 'dst') ?? '')
  return (namespace?.fdb ?? []).filter(
    (one) => one.device === op.device && one.mac.toLowerCase() === op.mac && (destination === undefined || one.destination === destination),
  )
}

export function fdbWords(one: FdbEntry): readonly string[] {
  return [
    ...(one.destination === undefined ? [] : ['dst', formatAddress(one.destination)]),
    ...(one.vlan === undefined ? [] : ['vlan', String(one.vlan)]),
    ...(one.vni === undefined ? [] : ['vni', String(one.vni)]),
    ...(one.port === undefined ? [] : ['port', String(one.port)]),
    ...one.flags.filter((flag) => ['self', 'master', 'permanent', 'static', 'dynamic'].includes(flag)),
  ]
}
