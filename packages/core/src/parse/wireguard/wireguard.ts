import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type Prefix, parsePrefix } from '../../net/prefix.ts'
import { readLines } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

export interface WireguardPeer {
  readonly publicKey: string
  /** undefined: it has not been heard of yet, and nothing can be sent to it. */
  readonly endpoint: { readonly address: Address; readonly port: number } | undefined
  /** Inner addresses that are sent to it, and taken from it. */
  readonly allowed: readonly Prefix[]
  readonly source: Source
}

/** A WireGuard interface as wg(8) shows it. Private and preshared keys are never kept. */
export interface WireguardInterface {
  readonly device: string
  readonly publicKey: string | undefined
  readonly listenPort: number | undefined
  /** Mark of its own outer packets; 0: none. */
  readonly mark: number
  readonly peers: readonly WireguardPeer[]
  readonly source: Source
}

interface Draft {
  device: string
  publicKey: string | undefined
  listenPort: number | undefined
  mark: number
  peers: { publicKey: string; endpoint: WireguardPeer['endpoint']; allowed: readonly Prefix[]; source: Source }[]
  source: Source
}

const draft = (device: string, source: Source): Draft => ({
  device,
  publicKey: undefined,
  listenPort: undefined,
  mark: 0,
  peers: [],
  source,
})

/** Reads `wg show`, `wg show all dump`, and `wg showconf` or a wg-quick file, whose interface the file's name tells. */
export function readWireguard(content: string, file: string): Parsed<WireguardInterface> {
  if (/^\s*\[Interface\]/m.test(content)) return { facts: [fromConfig(content, file)], notes: [] }
  const notes = notesOn(file)
  const facts: Draft[] = []
  for (const { text, number } of readLines(content)) {
    const source = { file, line: number }
    if (text.includes('\t') && !/^\s/.test(text) ? !dumped(text, facts, source) : !shown(text, facts, source))
      notes.add('not-understood', 'not a line of wg show', number, text.replace(/(private|preshared) key:.*/, '$1 key: …'))
  }
  return { facts, notes: notes.list() }
}

/** `interface: wg0`, `  listening port: 51820`, `peer: KEY`, `  allowed ips: 10.0.0.0/24, …`. */
function shown(text: string, facts: Draft[], source: Source): boolean {
  const found = /^\s*([a-z ]+):\s*(.*?)\s*$/.exec(text)
  const [, key = '', value = ''] = found ?? []
  if (key === 'interface') {
    facts.push(draft(value, source))
    return true
  }
  const current = facts.at(-1)
  if (!found || !current) return false
  const peer = current.peers.at(-1)
  switch (key) {
    case 'peer':
      current.peers.push({ publicKey: value, endpoint: undefined, allowed: [], source })
      return true
    case 'public key':
      current.publicKey = value
      return true
    case 'listening port':
      current.listenPort = Number(value) || undefined
      return true
    case 'fwmark':
      current.mark = Number(value) || 0
      return true
    case 'endpoint':
      if (peer) peer.endpoint = endpointOf(value)
      return peer !== undefined
    case 'allowed ips':
      if (peer) peer.allowed = prefixesOf(value)
      return peer !== undefined
    default:
      return /^(?:private key|preshared key|latest handshake|transfer|persistent keepalive)$/.test(key)
  }
}

/** `wg0 PRIVATE PUBLIC PORT MARK`, then `wg0 PUBLIC PRESHARED ENDPOINT ALLOWED HANDSHAKE RX TX KEEPALIVE`, parted by tabs. */
function dumped(text: string, facts: Draft[], source: Source): boolean {
  const words = text.split('\t')
  if (words.length === 5) {
    const [device = '', , publicKey = '', port = '', mark = ''] = words
    facts.push({ ...draft(device, source), publicKey, listenPort: Number(port) || undefined, mark: Number(mark) || 0 })
    return true
  }
  const [device, publicKey = '', , endpoint = '', allowed = ''] = words
  const current = facts.find((one) => one.device === device)
  if (words.length < 8 || !current) return false
  current.peers.push({ publicKey, endpoint: endpointOf(endpoint), allowed: prefixesOf(allowed), source })
  return true
}

/** wg-quick(8), wg(8) CONFIGURATION FILE FORMAT. A configuration has no public key of its own. */
function fromConfig(content: string, file: string): WireguardInterface {
  const device = (file.split('/').at(-1) ?? '').replace(/\.[a-z]+$/, '')
  const facts = draft(device, { file, line: 1 })
  for (const { text, number } of readLines(content)) {
    const source = { file, line: number }
    const line = text.replace(/#.*/, '').trim()
    if (/^\[Peer\]$/i.test(line)) facts.peers.push({ publicKey: '', endpoint: undefined, allowed: [], source })
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? []
    const peer = facts.peers.at(-1)
    const name = key.toLowerCase()
    if (name === 'listenport') facts.listenPort = Number(value) || undefined
    else if (name === 'fwmark') facts.mark = Number(value) || 0
    else if (name === 'publickey' && peer) peer.publicKey = value
    else if (name === 'endpoint' && peer) peer.endpoint = endpointOf(value)
    else if (name === 'allowedips' && peer) peer.allowed = [...peer.allowed, ...prefixesOf(value)]
  }
  return facts
}

const prefixesOf = (text: string): readonly Prefix[] => text.split(/[\s,]+/).flatMap((one) => parsePrefix(one) ?? [])

function endpointOf(text: string): WireguardPeer['endpoint'] {
  const found = /^(?:\[([^\]]+)\]|([\d.]+)):(\d+)$/.exec(text.trim())
  const address = parseAddress(found?.[1] ?? found?.[2] ?? '')
  return found && address !== undefined ? { address, port: Number(found[3]) } : undefined
}
