import type { OwnedDifference } from '../../diagnose/comparison.ts'
import type { DifferenceKind } from '../../model/difference/difference.ts'
import { whose } from '../explain/text.ts'

const NOUNS: Readonly<Record<DifferenceKind, readonly [one: string, many: string]>> = {
  namespace: ['namespace', 'namespaces'],
  table: ['table', 'tables'],
  chain: ['chain', 'chains'],
  policy: ['policy', 'policies'],
  rule: ['rule', 'rules'],
  set: ['set', 'sets'],
  'set-entry': ['set entry', 'set entries'],
  route: ['route', 'routes'],
  'routing-rule': ['routing rule', 'routing rules'],
  link: ['device', 'devices'],
  address: ['address', 'addresses'],
  neighbour: ['permanent neighbour', 'permanent neighbours'],
  fdb: ['forwarding entry', 'forwarding entries'],
  sysctl: ['setting of the kernel', 'settings of the kernel'],
  socket: ['listening socket', 'listening sockets'],
  'virtual-service': ['virtual service', 'virtual services'],
  'wireguard-peer': ['WireGuard peer', 'WireGuard peers'],
  unit: ['service of the system', 'services of the system'],
  module: ['kernel module', 'kernel modules'],
  setting: ['setting', 'settings'],
  container: ['container', 'containers'],
  network: ['network of containers', 'networks of containers'],
  object: ['Kubernetes object', 'Kubernetes objects'],
}

/** `3 rules`, `1 route`. */
export const countText = (kind: DifferenceKind, count: number): string => `${count} ${NOUNS[kind][count === 1 ? 0 : 1]}`

const TOLD_BY_NAME: ReadonlySet<DifferenceKind> = new Set(['object', 'container', 'network', 'namespace', 'module', 'set', 'table'])

/** What is otherwise, without how: `rule 3 of chain FORWARD, table filter`, `device eth0`, `Service default/web`. */
export function whatText({ kind, object, at, before, after }: OwnedDifference): string {
  if (at) {
    const table = `table ${at.backend === 'nft' ? `${at.family} ` : ''}${at.table}`
    const program = at.backend === 'nft' ? '' : ` of ${at.family === 'ip6' ? at.backend.replace('iptables', 'ip6tables') : at.backend}`
    const where = `chain ${at.chain}, ${table}${program}`
    if (kind !== 'rule') return kind === 'policy' ? `policy of ${where}` : where
    const [from, to] = [before?.rule, after?.rule]
    const number = from === undefined || to === undefined || from === to ? `${to ?? from}` : `${from} → ${to}`
    return `rule ${number} of ${where}`
  }
  if (TOLD_BY_NAME.has(kind)) return object
  if (kind === 'set-entry') return `entry of ${object}`
  return kind === 'route' ? `route of table ${object.replace('route table ', '')}` : `${NOUNS[kind][0]} ${withoutNoun(object)}`
}

const withoutNoun = (object: string): string =>
  object.replace(/^(?:IPv6 )?routing rules$/, (all) => (all.startsWith('IPv6') ? '(IPv6)' : ''))

/** Whose rule it is; undefined where no known program makes it. */
export const ownerText = ({ owner }: OwnedDifference, administrator: string): string | undefined =>
  owner && owner.owner.id !== administrator ? whose(owner) : undefined

export const MARK = { added: '+', removed: '-', changed: '~', moved: '>' } as const

/** Of a thing that is otherwise in some fields: `mtu 1500 → 1400`. A rule or policy is told by its two texts instead. */
export const fieldTexts = ({ kind, fields }: OwnedDifference): readonly string[] =>
  kind === 'rule' ? [] : fields.map(({ field, before, after }) => `${field} ${shown(before)} → ${shown(after)}`)

const shown = (value: string | undefined): string => (value === undefined || value === '' ? 'none' : value)

/** A change in one line: `rule 1 of chain FORWARD, table filter of iptables added: -A FORWARD -j DROP`. Not escaped. */
export function changeText(one: OwnedDifference): string {
  const { kind, change, before, after } = one
  const fields = fieldTexts(one)
  const told = change === 'changed' && fields.length > 0 ? fields.join(', ') : (after ?? before)?.text
  const instead = change === 'changed' && kind === 'rule' ? ` instead of ${before?.text}` : ''
  return `${whatText(one)} ${change}${told === undefined || told === one.object ? '' : `: ${told}${instead}`}`
}
