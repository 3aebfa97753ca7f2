import { type Address, addressBits, familyOf, parseAddress } from '../../../net/address.ts'
import { network, type Prefix, parsePrefix } from '../../../net/prefix.ts'
import type { AddressMatch, Rule } from '../../../netfilter/iptables/ast.ts'
import type { Entry } from './book.ts'
import { dividedBy } from './divides.ts'
import { hidesAddresses } from './tokens.ts'

/** Matches and targets that look at addresses by hash, by raw bytes, or at what no evidence holds. */
const OPAQUE = /-m (?:u32|bpf|string|cluster|socket|recent|osf|srh)\b|-j (?:HMARK|TPROXY|NETMAP|CLUSTERIP|TEE|DNPT|SNPT)\b/
const COMMENT = /-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+) ?/g

/** A rule of iptables. */
export function ruleEntry(rule: Rule): Entry {
  const { header, matches, target, text } = rule
  const bare = text.replace(COMMENT, '').replace(/^-A \S+ ?/, '')
  const jump = target?.kind === 'jump' || target?.kind === 'goto' ? target.chain : undefined
  const sets = [...bare.matchAll(/--(?:match-set|add-set|del-set|map-set) (\S+)/g)].map((found) => `set:${found[1]} set`)
  return {
    text: `${jump === undefined ? bare : bare.replace(/-[jg] \S+$/, `-${target?.kind[0]}`)}${rule.hidden ? ` hidden ${rule.hidden.join(' ')}` : ''}`,
    needs: [prefixOf(header.source), prefixOf(header.destination)].filter((prefix) => prefix !== undefined),
    ports: onlyPort(matches),
    calls: [...(jump === undefined ? [] : [jump]), ...sets],
    targets: destinations(bare),
    opaque: OPAQUE.test(bare) || hidesAddresses(bare) || rule.opaque.length > 0,
    divides: dividedBy(bare),
  }
}

/** A mask of ones; others never tell less than they say, they are no need. */
function prefixOf(match: AddressMatch | undefined): Prefix | undefined {
  if (!match || match.negated) return undefined
  const ones = typeof match.mask === 'number' ? (match.mask >>> 0).toString(2).padStart(32, '0') : match.mask.toString(2).padStart(128, '0')
  const length = ones.indexOf('0') < 0 ? ones.length : ones.indexOf('0')
  return ones.slice(length).includes('1') || length === 0 ? undefined : network(match.address, length)
}

interface PortMatch {
  readonly kind: string
  readonly dport?: { readonly first: number; readonly last: number; readonly negated: boolean }
}

function onlyPort(matches: Rule['matches']): readonly number[] | undefined {
  for (const match of matches) {
    if (match.kind !== 'tcp' && match.kind !== 'udp') continue
    const { dport } = match as PortMatch
    if (dport && !dport.negated && dport.first === dport.last) return [dport.first]
  }
  return undefined
}

function destinations(text: string): Entry['targets'] {
  return [
    ...text.matchAll(/--to-(?:destination|source) (\[[\da-f:]+\]|[\d.]+|[\da-f:]+:[\da-f:]*)(?::(\d+))?(?:\s|$)|--to-ports (\d+)/gi),
  ].flatMap(([, to, port]) => {
    const address = to === undefined ? undefined : parseAddress(to.replace(/[[\]]/g, ''))
    return address === undefined ? [] : [{ address, port: port === undefined ? undefined : Number(port) }]
  })
}

const NFT_OPAQUE = /\b(?:jhash|symhash|osf|socket|tproxy|dup|netmap)\b|@(?:nh|th|ih|ll),/
const EXACT = /\b(?:ip6?|ct (?:original|reply) (?:ip6? )?)\s*[sd]addr ([\da-f.:]+(?:\/\d+)?)(?=\s|$)/gi
const ADDRESS = /(?<![\w.:/])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-f]{0,4}:){2,7}[\da-f]{0,4})(?:\/\d+)?(?![\w.])/gi

/** A rule of nft, or an element of a set: `10.96.0.10 . tcp . 80 : goto service-…`. */
export function nftEntry(whole: string, isElement: boolean): Entry {
  const text = whole
    .replace(/ comment "(?:[^"\\]|\\.)*"/g, '')
    .replace(/\bcounter packets \d+ bytes \d+/g, 'counter')
    .replace(/ # .*$/, '')
  const calls = [...text.matchAll(/\b(?:jump|goto) "?([^\s";,}]+)"?/g)].map((found) => found[1] as string)
  const sets = [...text.matchAll(/@([\w.-]+)(?!\w*,)/g)].map((found) => `@${found[1]}`)
  const dnat = /\b(?:dnat|snat)\b(.*)$/.exec(text)?.[1] ?? ''
  return {
    text: calls.reduce((rest, call) => rest.replace(call, '·'), text),
    needs: isElement
      ? elementNeeds(text)
      : [...text.matchAll(EXACT)].flatMap((found) => parsePrefix(found[1] as string) ?? []).filter((prefix) => prefix.length > 0),
    ports: isElement ? elementPort(text) : exactPort(text),
    calls: [...calls, ...sets],
    targets: [...(isElement ? (text.split(' : ')[1] ?? '') : dnat).matchAll(ADDRESS)].flatMap((found) => target(found[0], dnat || text)),
    opaque: NFT_OPAQUE.test(text) || hidesAddresses(text),
    divides: dividedBy(text),
  }
}

function target(text: string, whole: string): Entry['targets'] {
  const address = parseAddress(text.replace(/\/.*$/, ''))
  if (address === undefined) return []
  const port = new RegExp(`${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\]?(?::| \\. )(\\d+)`).exec(whole)?.[1]
  return [{ address, port: port === undefined ? undefined : Number(port) }]
}

/** Whoever is looked up in a set must be in the element found. */
function elementNeeds(text: string): readonly Prefix[] {
  const key = text.split(' : ')[0] ?? ''
  return [...key.matchAll(ADDRESS)].flatMap((found): readonly Prefix[] => {
    const address: Address | undefined = parseAddress(found[0])
    if (address !== undefined) return [{ address, length: addressBits(familyOf(address)) }]
    const prefix = parsePrefix(found[0])
    return prefix && prefix.length > 0 ? [prefix] : []
  })
}

/** `tcp . 30080` of a map of node ports. */
function elementPort(text: string): readonly number[] | undefined {
  const found = /^(?:tcp|udp|sctp) \. (\d+)(?: :|$)/.exec(text)
  return found ? [Number(found[1])] : undefined
}

function exactPort(text: string): readonly number[] | undefined {
  const found = /\b(?:tcp|udp|sctp|th) dport (\d+)(?=\s|$)/.exec(text)
  return found ? [Number(found[1])] : undefined
}
