import type { InterfaceAddress, Link } from '../../../facts/network.ts'
import type { Source } from '../../../facts/source.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { type Address, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { formatPrefix, network, type Prefix, parsePrefix } from '../../../net/prefix.ts'
import { type Because, because } from '../check.ts'
import { type CheckScene, capturedHosts, contentsOf, type HostView } from '../scene.ts'

/** What a host shows of flannel: its lease, its overlay device and its bridge. */
export interface FlannelHost {
  readonly host: HostView & { readonly root: Namespace }
  /** /run/flannel/subnet.env; undefined: not captured. */
  readonly lease: Lease | undefined
  readonly vtep: Link | undefined
  readonly vtepAddresses: readonly InterfaceAddress[]
  readonly bridge: Link | undefined
  readonly bridgeAddresses: readonly InterfaceAddress[]
  /** spec.podCIDR of the Node, of IPv4. */
  readonly podCidr: Prefix | undefined
}

export interface Lease {
  readonly network: Prefix | undefined
  readonly subnet: Prefix | undefined
  readonly subnetText: string
  readonly mtu: number | undefined
  source(key: string): Source
}

export const isFour = (address: Address): boolean => familyOf(address) === 'ip'

/** Hosts on which flannel shows: a lease, or a device that it makes. */
export function flannelHosts(scene: CheckScene): readonly FlannelHost[] {
  return capturedOrTold(scene).flatMap((host): readonly FlannelHost[] => {
    const lease = leaseOf(host)
    const vtepName = deviceName(host.root, /^flannel(?:\.\d+|-\w+)?$/)
    if (!lease && vtepName === undefined) return []
    const bridgeName = bridgeOf(host)
    return [
      {
        host,
        lease,
        vtep: vtepName === undefined ? undefined : host.root.links.get(vtepName),
        vtepAddresses: addressesOf(host.root, vtepName),
        bridge: host.root.links.get(bridgeName),
        bridgeAddresses: addressesOf(host.root, bridgeName),
        podCidr: host.node?.podCidrs.find(({ address }) => isFour(address)),
      },
    ]
  })
}

const capturedOrTold = (scene: CheckScene): readonly (HostView & { readonly root: Namespace })[] => capturedHosts(scene)

/** A pasted part of `ip addr` shows addresses and no links. */
function deviceName({ links, addressesOf: known }: Namespace, pattern: RegExp): string | undefined {
  return [...links.keys(), ...known.keys()].find((name) => pattern.test(name))
}

const addressesOf = (root: Namespace, device: string | undefined): readonly InterfaceAddress[] =>
  device === undefined ? [] : (root.addressesOf.get(device) ?? []).filter(({ address, scope }) => isFour(address) && scope !== 'link')

/** The bridge that flannel's plugin is told to use; `cni0` where no configuration was captured. */
function bridgeOf(host: HostView): string {
  const configs = contentsOf(host.documents, 'cni-config').flatMap(({ content }) => content.configs)
  return configs.flatMap(({ plugins }) => plugins).find(({ type }) => type === 'flannel')?.bridge ?? 'cni0'
}

function leaseOf(host: HostView): Lease | undefined {
  const found = contentsOf(host.documents, 'flannel-subnet').at(-1)
  if (!found) return undefined
  const { values, lines } = found.content
  const subnetText = (values.FLANNEL_SUBNET ?? '').split(',')[0] ?? ''
  const mtu = Number(values.FLANNEL_MTU)
  return {
    network: parsePrefix((values.FLANNEL_NETWORK ?? '').split(',')[0] ?? ''),
    subnet: parsePrefix(subnetText),
    subnetText,
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : undefined,
    source: (key) => ({ file: found.document.file, line: lines[key] ?? 1 }),
  }
}

export const rangeOfAddress = ({ address, prefixLength }: InterfaceAddress): Prefix => network(address, prefixLength)

export const same = (a: Prefix, b: Prefix): boolean => a.address === b.address && a.length === b.length

export const addressText = ({ address, prefixLength }: InterfaceAddress): string => `${formatAddress(address)}/${prefixLength}`

export const holds = (entry: InterfaceAddress): Because => because(`${entry.device} has ${addressText(entry)}`, entry.source)

export const leaseSays = (lease: Lease, key = 'FLANNEL_SUBNET'): Because =>
  because(
    `subnet.env: ${key}=${key === 'FLANNEL_SUBNET' ? lease.subnetText : key === 'FLANNEL_MTU' ? lease.mtu : lease.network && formatPrefix(lease.network)}`,
    lease.source(key),
  )

/** The node's public address as flannel announces it (annotation flannel.alpha.coreos.com/public-ip). */
export const announcedAddress = (host: HostView): Address | undefined =>
  parseAddress(host.node?.annotations['flannel.alpha.coreos.com/public-ip'] ?? '')
