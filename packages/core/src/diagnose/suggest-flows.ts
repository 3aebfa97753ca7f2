import type { AskedFlows } from '../datapath/matrix/sample.ts'
import { mainAddresses } from '../datapath/start.ts'
import type { Difference } from '../model/difference/difference.ts'
import type { Model } from '../model/model.ts'
import type { Namespace } from '../model/namespace.ts'
import { type Address, addressBits, familyOf, formatAddress } from '../net/address.ts'
import { contains, type Prefix, parsePrefix } from '../net/prefix.ts'
import { isLinkLocal, isLoopback, isUnspecified } from '../net/special.ts'

/** So many ends of flows are made of what changed, of one host. */
const MOST_TARGETS = 16
const MOST_SENDERS = 8
/** So many changes are read for them. */
const MOST_CHANGES = 200

/**
 * Flows that a change may matter to although the evidence names nobody who makes them: to the addresses, networks and ports that the changed rules and
 * routes speak of, and to the ports that a host translates for others.
 */
export function suggestFlows(found: readonly Difference[], models: readonly Model[]): readonly AskedFlows[] {
  const hosts = [...new Set(found.map(({ host }) => host))].filter((host) => host !== '')
  const known = addressesOf(models.flatMap(({ namespaces }) => namespaces))
  return hosts.slice(0, MOST_SENDERS).flatMap((host): readonly AskedFlows[] => {
    const namespaces = models.flatMap((model) => model.namespaces.filter((one) => one.host === host))
    const own = namespaces.filter(({ name }) => name === '')
    const near = namespaces.filter(({ name }) => name !== '').map(({ name }) => `netns/${host}/${name}`)
    const from = [...new Set([`host/${host}`, 'outside', ...near])].slice(0, MOST_SENDERS)
    const ports = published(own)
    const [address] = addressesOf(own).filter((one) => familyOf(one) === 'ip')
    const here = address === undefined ? [] : ports.map((port) => endpoint(address, port))
    const targets = [...new Set([...here, ...named(found, host, own, known)])].slice(0, MOST_TARGETS)
    return [
      { from, to: targets },
      { from: [`host/${host}`], to: ports.map((port) => endpoint(LOOPBACK, port)) },
    ].filter(({ to }) => to.length > 0)
  })
}

const LOOPBACK = 0x7f000001

/** Ports of the host itself that a rule sends elsewhere: Docker's, a hostPort's. */
function published(own: readonly Namespace[]): readonly string[] {
  const ports = new Set<string>()
  for (const { iptables } of own)
    for (const { tables } of iptables)
      for (const chain of tables.find(({ name }) => name === 'nat')?.chains.values() ?? []) {
        // A Service's chains translate for every node: the matrix asks for these by name.
        if (chain.name.startsWith('KUBE-') || ports.size > MOST_TARGETS) continue
        for (const { text } of chain.rules.slice(0, 100))
          if (/ -j (?:DNAT|REDIRECT) /.test(text)) for (const port of portsIn(text)) ports.add(port)
      }
  return [...ports].slice(0, MOST_TARGETS / 2)
}

const addressesOf = (namespaces: readonly Namespace[]): readonly Address[] => [...new Set(namespaces.flatMap(mainAddresses))]

/** What the changed rules, routes and sets of the host name. */
function named(found: readonly Difference[], host: string, own: readonly Namespace[], known: readonly Address[]): readonly string[] {
  const texts = found
    .filter((one) => one.host === host && TELLING.has(one.kind))
    .slice(0, MOST_CHANGES)
    .flatMap(({ before, after }) => [before?.text ?? '', after?.text ?? ''])
  return texts.flatMap((text) => {
    const ports = portsIn(text)
    const ends = prefixesIn(text).map((prefix) => known.find((address) => contains(prefix, address)) ?? someoneIn(prefix))
    if (ends.length === 0 && ports.length > 0) ends.push(...addressesOf(own).slice(0, 2))
    return ends.flatMap((address) =>
      ports.length > 0 ? ports.map((port) => endpoint(address, port)) : [formatAddress(address), endpoint(address, '80/tcp')],
    )
  })
}

const TELLING: ReadonlySet<Difference['kind']> = new Set(['rule', 'route', 'routing-rule', 'set-entry', 'address'])

/** `80/tcp`, as iptables and nft write ports that a packet is sent to. */
function portsIn(text: string): readonly string[] {
  const protocol = /(?:-p |\b)(udp|sctp)\b/.exec(text)?.[1] ?? 'tcp'
  const lists = [...text.matchAll(/(?:--dports?|--ctorigdstport|\bdport)(?: ==)? (?:\{ )?([\d,: -]{1,80})/g)].map(([, list = '']) => list)
  return [...new Set(lists.flatMap((list) => list.match(/\d+/g) ?? []))]
    .filter((port) => Number(port) > 0 && Number(port) < 65_536)
    .slice(0, 4)
    .map((port) => `${port}/${protocol}`)
}

/** Words before an address that is no packet's end: a sender, a router. */
const SENDERS = /(?:^|\s)(?:via|src|from|lladdr|-s|saddr|--to-source)(?: !=)? \S+/g

/** Networks and addresses that stand in a text, but those that say "any" or that nobody beyond a link has. */
function prefixesIn(text: string): readonly Prefix[] {
  const words =
    text
      .slice(0, 2000)
      .replace(SENDERS, '')
      .match(/[\da-fA-F.:]{3,}(?:\/\d{1,3})?/g) ?? []
  return words.flatMap((word) => {
    const prefix = /[.:]/.test(word) ? parsePrefix(word) : undefined
    if (!prefix || prefix.length === 0 || isUnspecified(prefix.address) || isLinkLocal(prefix.address) || isLoopback(prefix.address))
      return []
    return [prefix]
  })
}

/** An address of a network that nobody in the evidence has: the seventh, or the only one. */
function someoneIn({ address, length }: Prefix): Address {
  const room = addressBits(familyOf(address)) - length
  if (room < 3) return address
  return typeof address === 'bigint' ? address + 7n : address + 7
}

const endpoint = (address: Address, port: string): string =>
  typeof address === 'bigint' ? `[${formatAddress(address)}]:${port}` : `${formatAddress(address)}:${port}`
