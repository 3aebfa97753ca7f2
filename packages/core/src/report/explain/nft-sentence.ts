import type { NftRule } from '../../netfilter/nft/ast.ts'
import type { Expression } from '../../netfilter/nft/expression.ts'
import type { MatchStatement, Statement } from '../../netfilter/nft/statement.ts'
import { sentence } from './sentence.ts'

/**
 * What a native rule does, in one sentence. Conditions are told in nft's own words, which read well enough; what happens to the
 * packet is told in plain ones. `print` gives an expression as nft prints it.
 */
export function nftSentence(rule: NftRule, print: (expression: Expression) => string): string {
  const printed: Printed = (expression) => print(expression).replaceAll('"', '').replace(/^@/, 'an element of set ')
  const conditions = rule.statements.flatMap((statement) => conditionOf(statement, printed))
  const actions = rule.statements.flatMap((statement) => actionOf(statement, printed))
  for (const part of rule.opaque) conditions.push(`meets "${part}", which is not understood`)
  return sentence(conditions, actions.length === 0 ? 'only counts it' : actions.join(', then '))
}

type Printed = (expression: Expression) => string

function conditionOf(statement: Statement, printed: Printed): readonly string[] {
  switch (statement.kind) {
    case 'match':
      return [matchPhrase(statement, printed)]
    case 'limit':
      return [statement.over ? 'is over the limit of its rate' : 'is within the limit of its rate']
    case 'quota':
      return [statement.over ? 'is over the quota' : 'is within the quota']
    case 'ct-count':
      return [`${statement.over ? 'makes more than' : 'makes no more than'} ${statement.value} connections`]
    case 'xt':
      return statement.type === 'match' ? [`meets the iptables condition ${statement.name}`] : []
    default:
      return []
  }
}

const OPERATORS: Readonly<Record<MatchStatement['op'], string>> = {
  '==': 'has',
  '!=': 'does not have',
  '<': 'has below',
  '>': 'has above',
  '<=': 'has at most',
  '>=': 'has at least',
  in: 'has any of',
  '!': 'has none of',
}

function matchPhrase({ left, op, right }: MatchStatement, printed: Printed): string {
  const what = printed(left)
  const value = printed(right)
  const simple = SIMPLE.get(what)
  if (simple && (op === '==' || op === '!=' || op === 'in')) return `${op === '!=' ? simple[1] : simple[0]} ${value}`
  return op === '==' || op === '!=' ? `${OPERATORS[op]} ${what} ${value}` : `${OPERATORS[op]} ${value} as ${what}`
}

/** Conditions that everybody meets, in the words that iptables rules are told in. */
const SIMPLE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['ip saddr', ['comes from', 'does not come from']],
  ['ip6 saddr', ['comes from', 'does not come from']],
  ['ip daddr', ['goes to', 'does not go to']],
  ['ip6 daddr', ['goes to', 'does not go to']],
  ['iifname', ['comes in by', 'does not come in by']],
  ['iif', ['comes in by', 'does not come in by']],
  ['oifname', ['goes out by', 'does not go out by']],
  ['oif', ['goes out by', 'does not go out by']],
  ['tcp dport', ['goes to TCP port', 'does not go to TCP port']],
  ['udp dport', ['goes to UDP port', 'does not go to UDP port']],
  ['tcp sport', ['comes from TCP port', 'does not come from TCP port']],
  ['udp sport', ['comes from UDP port', 'does not come from UDP port']],
  ['th dport', ['goes to port', 'does not go to port']],
  ['meta l4proto', ['is', 'is not']],
  ['ip protocol', ['is', 'is not']],
  ['fib daddr type', ['goes to an address of type', 'does not go to an address of type']],
  ['fib saddr type', ['comes from an address of type', 'does not come from an address of type']],
  ['meta mark', ['carries mark', 'does not carry mark']],
  ['ct state', ['belongs to a connection in state', 'belongs to no connection in state']],
])

function actionOf(statement: Statement, printed: Printed): readonly string[] {
  switch (statement.kind) {
    case 'verdict':
      return [VERDICTS[statement.verdict](statement.chain ?? '?')]
    case 'vmap':
      return [
        `looks ${printed(statement.key)} up in ${printed(statement.data).replace('an element of set', 'map')} and does what stands there`,
      ]
    case 'reject':
      return [`refuses it (${statement.type ?? 'port-unreachable'}${statement.code ? ` ${printed(statement.code)}` : ''})`]
    case 'dnat':
    case 'snat': {
      const to = [statement.address, statement.port].flatMap((part) => (part ? [printed(part)] : [])).join(':')
      return [`rewrites the ${statement.kind === 'dnat' ? 'destination' : 'source'} to ${to}`]
    }
    case 'masquerade':
      return ['rewrites the source to the address of the outgoing interface']
    case 'redirect':
      return [`sends it to this host itself${statement.port ? `, port ${printed(statement.port)}` : ''}`]
    case 'mangle':
      return [`sets ${printed(statement.target)} to ${printed(statement.value)}`]
    case 'log':
      return ['logs it']
    case 'notrack':
      return ['keeps it out of connection tracking']
    case 'queue':
      return ['hands it to a program']
    case 'tproxy':
      return ['hands it to a local proxy']
    case 'synproxy':
      return ['answers the handshake in place of the server']
    case 'set-update':
      return [`${statement.op === 'delete' ? 'removes it from' : 'notes it in'} set ${statement.set}`]
    case 'dup':
      return [`sends a copy to ${printed(statement.to)}`]
    case 'fwd':
      return [`sends it out by ${printed(statement.to)}`]
    case 'flow':
      return [`moves its connection to flowtable ${statement.flowtable}`]
    case 'xt':
      return statement.type === 'match' ? [] : [`applies the iptables target ${statement.name}`]
    case 'opaque':
      return [`does "${statement.text}", which is not understood`]
    default:
      return []
  }
}

const VERDICTS: Readonly<Record<Extract<Statement, { kind: 'verdict' }>['verdict'], (chain: string) => string>> = {
  accept: () => 'accepts it',
  drop: () => 'drops it',
  continue: () => 'goes on with the next rule',
  return: () => 'returns to the calling chain',
  jump: (chain) => `sends it through chain ${chain}`,
  goto: (chain) => `sends it to chain ${chain} for good (it does not come back to this chain)`,
  queue: () => 'hands it to a program',
}
