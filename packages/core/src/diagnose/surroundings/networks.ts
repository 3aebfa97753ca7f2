import type { Source } from '../../facts/source.ts'
import type { Document } from '../../intake/document.ts'
import { type Address, addressBits, familyOf } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'

/** A network of a host, told by its rules or by Docker and not by `ip addr`. */
export interface ImpliedNetwork {
  readonly device: string
  readonly prefix: Prefix
  readonly source: Source
}

/** Docker, CNI plugins and libvirt masquerade what leaves a bridge by another device: `-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE`. */
const MASQUERADED = /\s-s ([\d.]+\/\d+)\s(?:.{0,120}\s)?! -o ([\w.-]+)\s(?:.{0,120}\s)?-j MASQUERADE/

/** Networks that the rules and Docker's objects of one host imply. The host has the first address of each, as their makers give it. */
export function impliedNetworks(documents: readonly Document[]): readonly ImpliedNetwork[] {
  const found = new Map<string, ImpliedNetwork>()
  for (const network of documents.flatMap(networksOf)) if (!found.has(network.device)) found.set(network.device, network)
  return [...found.values()]
}

function networksOf({ content, file }: Document): readonly ImpliedNetwork[] {
  if (content.kind === 'docker-network') return content.objects.flatMap(ofDocker)
  if (content.kind !== 'iptables' || content.ruleset.family !== 'ip') return []
  return content.ruleset.tables.flatMap(({ chains }) =>
    [...chains.values()].flatMap(({ rules }) =>
      rules.flatMap(({ text, line }): readonly ImpliedNetwork[] => {
        const [, network = '', device = ''] = MASQUERADED.exec(text) ?? []
        const prefix = parsePrefix(network)
        return prefix === undefined || prefix.length < 8 || prefix.length > 30 ? [] : [{ device, prefix, source: { file, line } }]
      }),
    ),
  )
}

type DockerNetwork = Extract<Document['content'], { readonly kind: 'docker-network' }>['objects'][number]

function ofDocker({ name, id, driver, subnets, source }: DockerNetwork): readonly ImpliedNetwork[] {
  if (driver !== 'bridge' || id.length < 12) return []
  const device = name === 'bridge' ? 'docker0' : `br-${id.slice(0, 12)}`
  return subnets.filter(({ subnet }) => familyOf(subnet.address) === 'ip').map(({ subnet }) => ({ device, prefix: subnet, source }))
}

/** The first address of a network, which its maker gives to the bridge; the `nth` one after it. */
export function memberOf({ address, length }: Prefix, nth: number): Address {
  const family = familyOf(address)
  if (length >= addressBits(family) - 1) return address
  return typeof address === 'number' ? (address + nth) >>> 0 : address + BigInt(nth)
}
