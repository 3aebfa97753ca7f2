import type { Rule } from '../../../netfilter/iptables/ast.ts'
import type { Scene } from '../../scene.ts'
import type { Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'

/** Whose chain it is tells what a rule that refuses there is. */
const CHAINS: readonly (readonly [RegExp, CauseId])[] = [
  [/^DOCKER-USER$/, 'filter.docker-user'],
  [/^DOCKER-ISOLATION/, 'filter.docker-isolation'],
  [/^cali-PREROUTING$/, 'filter.raw-drop'],
  [/^cali-/, 'policy.calico'],
  [/^KUBE-(?:POD-FW|NWPLCY|ROUTER)/, 'policy.kubernetes'],
  [/^ufw6?-/, 'filter.ufw'],
  [/^(?:INPUT|input)$/, 'filter.input-rule'],
  [/^(?:FORWARD|forward)$/, 'filter.forward-rule'],
  [/^OUTPUT$/, 'filter.output-rule'],
]

/**
 * A chain was pasted by itself, so that no packet can be traced through it, and a rule of it has refused packets. That its counter is not
 * nought shows no more than that it is in use: it is a suspect, and the stronger the fewer such rules there are.
 */
export const refusingChain: Family = {
  finds: [
    'filter.docker-user',
    'filter.docker-isolation',
    'filter.raw-drop',
    'policy.calico',
    'filter.ufw',
    'filter.input-rule',
    'filter.forward-rule',
  ],
  suspects: (scene) => {
    const { symptoms } = scene
    const silent = symptoms.filter(
      ({ result }) => result === 'timeout' || result === 'unreachable' || result === 'fails' || result === 'refused',
    )
    const open = silent.filter(({ outcomes }) =>
      outcomes.every(
        ({ verdict, connection }) =>
          verdict === 'unknown' || connection === 'connects' || connection === 'unknown' || verdict === 'forwarded',
      ),
    )
    if (open.length === 0) return []
    const found = refusals(scene)
    const explains = open.flatMap(({ observation }) => observation ?? [])
    return found.slice(0, 4).map((one) => suspect(one, found.length, explains))
  },
}

interface Refusal {
  readonly cause: CauseId
  readonly host: string
  readonly table: string
  readonly chain: string
  readonly file: string
  readonly rule: Rule
  readonly packets: number
}

/** Rules that refuse, in chains of which the base chain was not pasted with them. */
function refusals({ documents }: Scene): readonly Refusal[] {
  return documents.flatMap(({ content, place, file }) => {
    if (content.kind !== 'iptables' || content.ruleset.complete) return []
    return content.ruleset.tables.flatMap(({ name: table, chains }) =>
      [...chains.values()].flatMap(({ name: chain, rules }) => {
        const cause = table === 'raw' || table === 'mangle' ? 'filter.raw-drop' : CHAINS.find(([form]) => form.test(chain))?.[1]
        if (cause === undefined) return []
        return rules.flatMap((rule): readonly Refusal[] => {
          const packets = Number(rule.counters?.packets ?? 0)
          const refuses = rule.target?.kind === 'DROP' || rule.target?.kind === 'REJECT' || / -j (?:DROP|REJECT)\b/.test(rule.text)
          return refuses && packets > 0 && !/INVALID/.test(rule.text)
            ? [{ cause, host: place.host ?? '', table, chain, file, rule, packets }]
            : []
        })
      }),
    )
  })
}

function suspect({ cause, host, table, chain, file, rule, packets }: Refusal, others: number, explains: readonly string[]): Suspect {
  const source = { file, line: rule.line }
  return {
    cause,
    where: {
      host,
      object: `rule ${rule.number} of chain ${chain} (table ${table})`,
      source,
      rule: { table, chain, rule: rule.number, text: rule.text, source },
    },
    because: [{ text: `it has refused ${packets} packets, and nothing that was pasted shows what refuses these: ${rule.text}`, source }],
    against: [],
    likelihood: others === 1 ? 0.72 : others === 2 ? 0.6 : 0.4,
    explains,
  }
}
