import { addressBits, familyOf, formatAddress } from '../../net/address.ts'
import type { AddressMatch, Header, InterfaceMatch, Rule } from '../../netfilter/iptables/ast.ts'
import { formatInterface, formatMasked, maskLength } from '../../netfilter/iptables/header.ts'
import { explainMatch } from '../../netfilter/iptables/matches/registry.ts'
import type { Target } from '../../netfilter/iptables/targets/index.ts'
import { explainTarget } from '../../netfilter/iptables/targets/registry.ts'

/** What an iptables rule does, in one sentence of plain words. */
export function ruleSentence(rule: Rule): string {
  const phrases = [
    ...headerPhrases(rule.header),
    ...rule.matches.flatMap((match) => (saysNothing(match, rule) ? [] : [explainMatch(match)])),
  ]
  for (const part of rule.opaque) phrases.push(`meets "${part}", which is not understood`)
  for (const hidden of rule.hidden ?? []) phrases.push(HIDDEN[hidden])
  return sentence(phrases, targetPhrase(rule.target))
}

/** `Where the packet A, B and C, this rule …` */
export function sentence(phrases: readonly string[], does: string): string {
  const unique = [...new Set(phrases)]
  if (unique.length === 0) return `This rule ${does}, whatever the packet.`
  return `Where the packet ${joined(unique)}, this rule ${does}.`
}

const joined = (phrases: readonly string[]): string =>
  phrases.length < 2 ? phrases.join('') : `${phrases.slice(0, -1).join(', ')} and ${phrases.at(-1)}`

const HIDDEN: Readonly<Record<NonNullable<Rule['hidden']>[number], string>> = {
  interfaces: 'comes and goes by interfaces that the list does not show',
  matches: 'meets conditions that the list does not show',
  'target-options': 'is of what the list shows (the target has options that it does not show)',
}

/** Comments are told beside the sentence; `-m tcp` without options repeats -p tcp. */
function saysNothing(match: Rule['matches'][number], rule: Rule): boolean {
  if (match.kind === 'comment') return true
  const bare = Object.entries(match).every(([key, value]) => key === 'kind' || value === undefined)
  return bare && match.kind === rule.header.protocol?.name
}

function headerPhrases({ source, destination, iif, oif, protocol, fragment }: Header): readonly string[] {
  const out: string[] = []
  if (protocol) out.push(`${protocol.negated ? 'is not' : 'is'} ${protocol.name.toUpperCase()}`)
  if (source) out.push(addressPhrase(source, 'comes', 'from'))
  if (destination) out.push(addressPhrase(destination, 'goes', 'to'))
  if (iif) out.push(interfacePhrase(iif, 'comes in', 'come in'))
  if (oif) out.push(interfacePhrase(oif, 'goes out', 'go out'))
  if (fragment) out.push(fragment.negated ? 'is whole or a first fragment' : 'is a second or further fragment')
  return out
}

function addressPhrase({ address, mask, negated }: AddressMatch, verb: string, preposition: string): string {
  const host = maskLength(mask) === addressBits(familyOf(address))
  const where = host ? formatAddress(address) : formatMasked(address, mask)
  return negated ? `does not ${verb === 'comes' ? 'come' : 'go'} ${preposition} ${where}` : `${verb} ${preposition} ${where}`
}

const interfacePhrase = (match: InterfaceMatch, verb: string, infinitive: string): string =>
  `${match.negated ? `does not ${infinitive}` : verb} by ${match.wildcard ? `an interface whose name begins with ${match.name}` : formatInterface(match)}`

function targetPhrase(target: Target | undefined): string {
  if (target?.kind === 'jump') return `sends it through chain ${target.chain}`
  if (target?.kind === 'goto') return `sends it to chain ${target.chain} for good (it does not come back to this chain)`
  return explainTarget(target)
}
