import type { Document } from '../intake/document.ts'
import { applyChanges } from '../model/change/apply.ts'
import type { Change, LinkSettings, Spot } from '../model/change/change.ts'
import type { Namespace } from '../model/namespace.ts'
import type { Chain } from '../netfilter/iptables/ast.ts'
import { entriesMeant } from './inverses/devices.ts'
import { routesMeant, routingRuleMeant } from './inverses/routes.ts'
import { ruleAt } from './inverses/rules.ts'
import type { NftOperation, Operation, RuleOperation } from './operation.ts'
import { after } from './operations/ip.ts'
import { rulesetOf, rulesOf } from './operations/iptables.ts'
import { nftChain } from './operations/nft.ts'

/** What an operation does to the model of a machine; undefined where the model cannot tell (a restart, a command of which nothing is known). */
export function changesOf(op: Operation, namespace: Namespace): readonly Change[] | undefined {
  const at: Spot = { host: namespace.host, netns: namespace.name }
  switch (op.kind) {
    case 'rule':
      return ruleChanges(op, namespace, at)
    case 'policy':
      return [
        {
          kind: 'policy',
          at: { ...at, family: op.program.family, table: op.table, chain: op.chain, file: rulesetOf(namespace.iptables, op)?.file },
          policy: op.policy,
        },
      ]
    case 'nft-rule':
      return nftChanges(op, namespace, at)
    case 'sysctl':
      return sysctlChanges(op, namespace, at)
    case 'route': {
      const before =
        op.action === 'delete'
          ? routesMeant(op, namespace).slice(0, 1)
          : op.action === 'replace'
            ? routesMeant({ ...op, words: op.words.slice(0, 1) }, namespace).slice(0, 1)
            : []
      const removed = before.map((route): Change => ({ kind: 'route-removed', route }))
      return op.action === 'delete' ? removed : [...removed, { kind: 'route-added', at, text: op.words.join(' ') }]
    }
    case 'routing-rule': {
      if (op.action === 'add') return [{ kind: 'routing-rule-added', at, family: op.family, text: ruleText(op.words) }]
      const rule = routingRuleMeant(op, namespace)
      return rule && [{ kind: 'routing-rule-removed', rule }]
    }
    case 'set-entry':
      return [{ kind: op.action === 'add' ? 'set-entry-added' : 'set-entry-removed', at, set: op.set, entry: op.words.join(' ') }]
    default:
      return deviceChanges(op, namespace, at)
  }
}

function ruleChanges(op: RuleOperation, namespace: Namespace, spot: Spot): readonly Change[] | undefined {
  const at = { ...spot, family: op.program.family, table: op.table, chain: op.chain, file: rulesetOf(namespace.iptables, op)?.file }
  const text = `-A ${op.chain} ${op.rule}`
  if (op.action === 'insert' || op.action === 'append')
    return [{ kind: 'rule-added', at, position: op.action === 'append' ? undefined : op.position, text }]
  const found = ruleAt(rulesOf(namespace.iptables, op), op)
  if (!found) return undefined
  const place = { ...at, rule: found.rule.number }
  return [op.action === 'delete' ? { kind: 'rule-removed', at: place } : { kind: 'rule-replaced', at: place, text }]
}

function nftChanges(op: NftOperation, namespace: Namespace, spot: Spot): readonly Change[] | undefined {
  const at = { ...spot, family: op.family, table: op.table, chain: op.chain }
  if (op.action === 'delete') {
    const rule = nftChain(namespace.nft, op)?.rules.find(({ handle }) => handle === op.handle)
    return rule && [{ kind: 'rule-removed', at: { ...at, rule: rule.number } }]
  }
  const position = op.action === 'insert' ? (op.index ?? 0) + 1 : op.index === undefined ? undefined : op.index + 2
  return [{ kind: 'rule-added', at, position, text: op.text }]
}

/** Writing ip_forward (devinet_sysctl_forward) or conf.all.forwarding sets it for every interface. */
function sysctlChanges(
  { name, value }: Extract<Operation, { readonly kind: 'sysctl' }>,
  namespace: Namespace,
  at: Spot,
): readonly Change[] {
  const all = name === 'net.ipv4.ip_forward' || name === 'net.ipv4.conf.all.forwarding' || name === 'net.ipv6.conf.all.forwarding'
  const pattern = name.startsWith('net.ipv6') ? /^net\.ipv6\.conf\..+\.forwarding$/ : /^net\.ipv4\.(?:ip_forward|conf\..+\.forwarding)$/
  const others = all ? [...namespace.sysctls.all()].map(([other]) => other).filter((other) => other !== name && pattern.test(other)) : []
  return [name, ...others].map((each): Change => ({ kind: 'sysctl', at, name: each, value }))
}

function deviceChanges(op: Operation, namespace: Namespace, at: Spot): readonly Change[] | undefined {
  switch (op.kind) {
    case 'link-set': {
      const set = settingsOf(op.settings)
      return set && [{ kind: 'link', at, device: op.device, set }]
    }
    case 'link-delete':
      return [{ kind: 'link-removed', at, device: op.device }]
    case 'bridge-port':
      return op.settings[0] === 'hairpin' ? [{ kind: 'link', at, device: op.device, set: { hairpin: op.settings[1] === 'on' } }] : undefined
    case 'address':
      return [{ kind: op.action === 'add' ? 'address-added' : 'address-removed', at, device: op.device, address: op.words[0] ?? '' }]
    case 'neighbour': {
      const mac = after(op.words, 'lladdr')
      if (op.action === 'delete') return [{ kind: 'neighbour-removed', at, device: op.device, address: op.address }]
      return mac === undefined ? undefined : [{ kind: 'neighbour-set', at, device: op.device, address: op.address, mac }]
    }
    case 'fdb': {
      const destination = after(op.words, 'dst')
      if (op.action === 'delete')
        return entriesMeant(op, namespace).length > 0 ? [{ kind: 'fdb-removed', at, device: op.device, mac: op.mac }] : undefined
      return destination === undefined ? undefined : [{ kind: 'fdb-set', at, device: op.device, mac: op.mac, destination }]
    }
    default:
      return undefined
  }
}

function settingsOf(words: readonly string[]): LinkSettings | undefined {
  const set: { up?: boolean; mtu?: number; master?: string | undefined; mac?: string } = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (word === 'up' || word === 'down') set.up = word === 'up'
    else if (word === 'mtu') set.mtu = Number(words[++i])
    else if (word === 'master') set.master = words[++i]
    else if (word === 'nomaster') set.master = undefined
    else if (word === 'address') set.mac = words[++i] ?? ''
    else return undefined
  }
  return set
}

/** `pref 5270 from all lookup 52` → `5270: from all lookup 52`. */
function ruleText(words: readonly string[]): string {
  const at = words.findIndex((word) => ['pref', 'priority', 'preference', 'order'].includes(word))
  const rest = words.filter((_, i) => i !== at && i !== at + 1)
  return `${words[at + 1]}: ${rest.includes('from') ? '' : 'from all '}${rest.join(' ').replace(/\btable\b/, 'lookup')}`
}

/** The evidence after an operation. Rules are counted anew, so that the next operation finds them by the numbers that they have then. */
export function documentsAfter(documents: readonly Document[], changes: readonly Change[]): readonly Document[] {
  const changed = applyChanges(documents, changes).documents
  const known = new Set(documents)
  return changed.map((document) => (known.has(document) ? document : renumbered(document)))
}

function renumbered(document: Document): Document {
  const { content } = document
  const counted = <R extends { readonly number: number }>(rules: readonly R[]): readonly R[] =>
    rules.every((rule, i) => rule.number === i + 1) ? rules : rules.map((rule, i) => ({ ...rule, number: i + 1 }))
  if (content.kind === 'iptables') {
    const tables = content.ruleset.tables.map((table) => ({
      ...table,
      chains: new Map([...table.chains].map(([name, chain]) => [name, recounted(chain, counted(chain.rules))])),
    }))
    return { ...document, content: { ...content, ruleset: { ...content.ruleset, tables } } }
  }
  if (content.kind !== 'nft') return document
  const tables = content.ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({ ...chain, rules: counted(chain.rules) })),
  }))
  return { ...document, content: { ...content, ruleset: { ...content.ruleset, tables } } }
}

/** A chain that was read may be a class: as data only where it changes. */
const recounted = (chain: Chain, rules: Chain['rules']): Chain => {
  const { name, policy, counters, line, references } = chain
  return rules === chain.rules ? chain : { name, policy, counters, line, references, rules }
}
