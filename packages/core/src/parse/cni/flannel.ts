import type { Note } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { readLines } from '../lines.ts'

/** /run/flannel/subnet.env: the network, and the part of it that this node has leased. */
export interface FlannelSubnet {
  readonly values: Readonly<Record<string, string>>
  /** 1-based line of each variable. */
  readonly lines: Readonly<Record<string, number>>
  readonly networks: readonly Prefix[]
  /** FLANNEL_SUBNET=10.42.1.1/24: cni0's address and the node's prefix. */
  readonly subnets: readonly { readonly address: Address; readonly prefix: Prefix }[]
  readonly mtu: number | undefined
  readonly masquerade: boolean | undefined
  readonly notes: readonly Note[]
}

export function readFlannelSubnet(content: string, file: string): FlannelSubnet {
  const values: Record<string, string> = {}
  const lines: Record<string, number> = {}
  const notes: Note[] = []
  for (const { text, number } of readLines(content)) {
    const found = /^\s*(?:export\s+)?(FLANNEL_\w+)=(.*)$/.exec(text)
    if (found) {
      const key = found[1] as string
      values[key] = (found[2] ?? '').trim().replace(/^(["'])(.*)\1$/, '$2')
      lines[key] = number
    } else if (!/^\s*#/.test(text))
      notes.push({ kind: 'not-understood', text: 'not a variable of flannel', raw: text.slice(0, 400), source: { file, line: number } })
  }
  const parts = (key: string) => (values[key] ?? '').split(',').filter((part) => part !== '')
  const mtu = Number(values.FLANNEL_MTU)
  return {
    values,
    lines,
    networks: ['FLANNEL_NETWORK', 'FLANNEL_IPV6_NETWORK'].flatMap(parts).flatMap((part) => parsePrefix(part) ?? []),
    subnets: ['FLANNEL_SUBNET', 'FLANNEL_IPV6_SUBNET'].flatMap(parts).flatMap((part) => {
      const prefix = parsePrefix(part)
      const address = parseAddress(part.replace(/\/\d+$/, ''))
      return prefix && address !== undefined ? [{ address, prefix }] : []
    }),
    mtu: Number.isInteger(mtu) && mtu > 0 ? mtu : undefined,
    masquerade: values.FLANNEL_IPMASQ === undefined ? undefined : values.FLANNEL_IPMASQ === 'true',
    notes,
  }
}
