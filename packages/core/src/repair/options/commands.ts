import type { Change, RuleSpot } from '../../model/change/change.ts'
import { type Model, namespaceIn } from '../../model/model.ts'
import type { Namespace } from '../../model/namespace.ts'
import { familyOf, parseAddress } from '../../net/address.ts'
import { cutWords } from '../../netfilter/iptables/tokens.ts'
import { routeWords, ruleWords } from '../inverses/routes.ts'

/** The command that makes a change of the model true on the machine; undefined where none does, or where none should. */
export function commandOf(change: Change, model: Model): readonly string[] | undefined {
  switch (change.kind) {
    case 'rule-removed':
      return removal(change.at, namespaceIn(model, change.at))
    case 'rule-added': {
      const { at, position, text } = change
      const words = cutWords(text.replace(/^-A \S+ /, '')).words
      return [
        programOf(at, namespaceIn(model, at)),
        '-t',
        at.table,
        ...(position === undefined ? ['-A', at.chain] : ['-I', at.chain, String(position)]),
        ...words,
      ]
    }
    case 'sysctl':
      return ['sysctl', '-w', `${change.name}=${change.value}`]
    case 'route-added':
      return [...ip(change.text), 'route', 'add', ...change.text.split(/\s+/)]
    case 'route-removed': {
      const route = model.namespaces
        .flatMap(({ fib }) => [...fib.ip.routes, ...fib.ip6.routes])
        .find(
          ({ source, text }) =>
            source.file === change.route.source.file && source.line === change.route.source.line && text === change.route.text,
        )
      return route && [...(route.family === 'ip6' ? ['ip', '-6'] : ['ip']), 'route', 'del', ...routeWords(route)]
    }
    case 'routing-rule-added':
      return [
        ...(change.family === 'ip6' ? ['ip', '-6'] : ['ip']),
        'rule',
        'add',
        ...change.text.replace(/^(\d+):\s*/, 'pref $1 ').split(/\s+/),
      ]
    case 'routing-rule-removed': {
      const rule = model.namespaces
        .flatMap(({ fib }) => [...fib.ip.rules, ...fib.ip6.rules])
        .find(
          ({ source, text }) =>
            source.file === change.rule.source.file && source.line === change.rule.source.line && text === change.rule.text,
        )
      return rule && [...(rule.family === 'ip6' ? ['ip', '-6'] : ['ip']), 'rule', 'del', ...ruleWords(rule)]
    }
    case 'link':
      return linkCommand(change)
    case 'address-added':
      return ['ip', 'addr', 'add', change.address, 'dev', change.device]
    case 'address-removed':
      return ['ip', 'addr', 'del', change.address, 'dev', change.device]
    case 'neighbour-removed':
      return ['ip', 'neigh', 'del', change.address, 'dev', change.device]
    case 'neighbour-set':
      return ['ip', 'neigh', 'replace', change.address, 'lladdr', change.mac, 'dev', change.device]
    case 'fdb-set':
      return ['bridge', 'fdb', 'replace', change.mac, 'dev', change.device, 'dst', change.destination, 'self', 'permanent']
    case 'fdb-removed':
      return ['bridge', 'fdb', 'del', change.mac, 'dev', change.device, 'self']
    default:
      return undefined
  }
}

const ip = (text: string): readonly string[] => {
  const address = parseAddress((text.split(/[\s/]/)[0] ?? '').replace('default', '0.0.0.0'))
  return address !== undefined && familyOf(address) === 'ip6' ? ['ip', '-6'] : ['ip']
}

function removal(at: RuleSpot, namespace: Namespace | undefined): readonly string[] | undefined {
  const isIptables = namespace?.iptables.some(({ file, family }) => (at.file === undefined || file === at.file) && family === at.family)
  if (isIptables) return [programOf(at, namespace), '-t', at.table, '-D', at.chain, String(at.rule)]
  const rule = namespace?.nft
    .flatMap(({ tables }) => tables)
    .find(({ name, family }) => name === at.table && family === at.family)
    ?.chains.find(({ name }) => name === at.chain)
    ?.rules.find(({ number }) => number === at.rule)
  return rule?.handle === undefined ? undefined : ['nft', 'delete', 'rule', at.family, at.table, at.chain, 'handle', String(rule.handle)]
}

/** iptables-legacy by its name where both back ends hold rules. */
function programOf(
  { family, file }: { readonly family: string; readonly file?: string | undefined },
  namespace: Namespace | undefined,
): string {
  const program = family === 'ip6' ? 'ip6tables' : 'iptables'
  const own = namespace?.iptables.filter((ruleset) => ruleset.family === family) ?? []
  const backend = own.find((ruleset) => ruleset.file === file)?.backend
  return own.length > 1 && backend !== undefined && backend !== 'unknown' ? `${program}-${backend}` : program
}

function linkCommand({ device, set }: Extract<Change, { kind: 'link' }>): readonly string[] | undefined {
  if (set.hairpin !== undefined) return ['bridge', 'link', 'set', 'dev', device, 'hairpin', set.hairpin ? 'on' : 'off']
  if (set.master !== undefined) return ['ip', 'link', 'set', device, 'master', set.master]
  if (set.mtu !== undefined) return ['ip', 'link', 'set', device, 'mtu', String(set.mtu)]
  return set.up === undefined ? undefined : ['ip', 'link', 'set', device, set.up ? 'up' : 'down']
}
