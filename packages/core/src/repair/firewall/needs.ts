import { formatAddress, parseAddress } from '../../net/address.ts'
import type { Inventory, InventoryHost } from '../../parse/ansible/inventory.ts'

/** knowledge/roles.yaml. */
export interface RoleBook {
  /** Names under which an inventory may set a variable. */
  readonly variables: Readonly<Record<string, readonly string[]>>
  readonly defaults: Readonly<Record<string, string>>
  readonly roles: readonly Role[]
}

export interface Role {
  readonly id: string
  readonly title: string
  /** Groups of an inventory that have it. */
  readonly groups: readonly string[]
  readonly admits: readonly Admission[]
  readonly trusts: readonly Trust[]
}

type Only = Readonly<Record<string, readonly string[]>>

export interface Admission {
  readonly port?: string | undefined
  readonly protocol: NeedProtocol
  readonly from: NeedFrom
  readonly what: string
  /** A variable of the inventory that says another port. */
  readonly variable?: string | undefined
  readonly only?: Only | undefined
}

export interface Trust {
  readonly interface: string
  readonly what: string
  readonly only?: Only | undefined
}

export const NEED_PROTOCOLS = ['tcp', 'udp', 'vrrp', 'ipip'] as const
export type NeedProtocol = (typeof NEED_PROTOCOLS)[number]
export const NEED_SOURCES = ['nodes', 'control-plane', 'everyone'] as const
export type NeedFrom = (typeof NEED_SOURCES)[number]

export interface Ports {
  readonly first: number
  readonly last: number
}

/** What one host must admit. */
export interface Need {
  readonly role: string
  readonly protocol: NeedProtocol
  /** undefined: the protocol has none. */
  readonly ports: Ports | undefined
  readonly from: NeedFrom
  /** Addresses of those; empty: everyone. */
  readonly sources: readonly string[]
  readonly what: string
}

export interface HostNeeds {
  readonly host: string
  readonly address: string | undefined
  readonly roles: readonly string[]
  readonly needs: readonly Need[]
  readonly trusts: readonly Trust[]
  /** What keeps the needs from being whole: peers without an address. */
  readonly notes: readonly string[]
}

/** The ports, protocols and interfaces that a host of the inventory needs by its groups. undefined: there is no such host. */
export function needsOf(book: RoleBook, inventory: Inventory, name: string): HostNeeds | undefined {
  const host = inventory.hosts.find((one) => one.name === name)
  if (!host) return undefined
  const roles = rolesOf(book, host)
  const variables = settingsOf(book, host)
  const members = inventory.hosts.filter((one) => rolesOf(book, one).length > 0)
  const peers = (wanted: readonly InventoryHost[]): readonly InventoryHost[] => wanted.filter((one) => one !== host)
  const groups = {
    nodes: peers(members),
    'control-plane': peers(members.filter((one) => rolesOf(book, one).some(({ id }) => id === 'control-plane' || id === 'etcd'))),
  }
  const needs = roles.flatMap((role) =>
    role.admits
      .filter(({ only }) => holds(only, variables))
      .map(
        (admission): Need => ({
          role: role.id,
          protocol: admission.protocol,
          ports: portsOf((admission.variable === undefined ? undefined : host.variables[admission.variable]) ?? admission.port),
          from: admission.from,
          sources: admission.from === 'everyone' ? [] : groups[admission.from].flatMap((peer) => addressOf(peer) ?? []),
          what: admission.what,
        }),
      ),
  )
  const nameless = groups.nodes.filter((peer) => addressOf(peer) === undefined).map((peer) => peer.name)
  return {
    host: name,
    address: addressOf(host),
    roles: roles.map(({ id }) => id),
    needs: [
      ...new Map(needs.filter((need) => need.from === 'everyone' || need.sources.length > 0).map((need) => [keyOf(need), need])).values(),
    ],
    trusts: [
      ...new Map(
        roles.flatMap(({ trusts }) => trusts.filter(({ only }) => holds(only, variables))).map((trust) => [trust.interface, trust]),
      ).values(),
    ],
    notes:
      nameless.length > 0
        ? [
            `no address is known of ${nameless.slice(0, 5).join(', ')}${nameless.length > 5 ? ` and ${nameless.length - 5} more` : ''}: the inventory must set ansible_host`,
          ]
        : [],
  }
}

const rolesOf = ({ roles }: RoleBook, { groups }: InventoryHost): readonly Role[] =>
  roles.filter((role) => role.groups.some((group) => groups.has(group)))

/** `ip` is what Kubespray calls the address that nodes speak by. */
export function addressOf({ name, variables }: InventoryHost): string | undefined {
  const found = [variables.ip, variables.ansible_host, variables.ansible_ssh_host, name]
    .map((text) => parseAddress(text ?? ''))
    .find((address) => address !== undefined)
  return found === undefined ? undefined : formatAddress(found)
}

const settingsOf = ({ variables, defaults }: RoleBook, host: InventoryHost): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).map(([key, names]) => [
      key,
      (names.map((name) => host.variables[name]).find((value) => value !== undefined) ?? defaults[key] ?? '').toLowerCase(),
    ]),
  )

const holds = (only: Only | undefined, values: Readonly<Record<string, string>>): boolean =>
  Object.entries(only ?? {}).every(([key, wanted]) => wanted.includes(values[key] ?? ''))

function portsOf(text: string | undefined): Ports | undefined {
  const found = /^(\d{1,5})(?:[-:](\d{1,5}))?$/.exec(text?.trim() ?? '')
  return found ? { first: Number(found[1]), last: Number(found[2] ?? found[1]) } : undefined
}

export const portText = ({ ports, protocol }: Pick<Need, 'ports' | 'protocol'>): string =>
  ports ? `${ports.first}${ports.last === ports.first ? '' : `-${ports.last}`}/${protocol}` : protocol

const keyOf = (need: Need): string => `${portText(need)} ${need.from}`
