import type { Rule } from '../../../netfilter/iptables/ast.ts'
import type { Scene } from '../../scene.ts'
import type { Family, Suspect } from '../cause.ts'
import type { CauseId } from '../ids.ts'

/**
 * "No route to host" at once, and a captured chain ends in a REJECT that answers just so, as the installers of Red Hat's and the clouds'
 * images write it. The way could not be traced, so that it is only likely.
 */
export const refusingEnd: Family = {
  finds: ['filter.input-rule', 'filter.forward-rule'],
  suspects: (scene) => {
    const hit = scene.symptoms.filter(
      ({ result, outcomes }) => result === 'unreachable' && outcomes.every(({ verdict }) => verdict === 'unknown'),
    )
    return hit.length === 0
      ? []
      : endsOf(scene).map((end) =>
          suspect(
            end,
            hit.flatMap(({ observation }) => observation ?? []),
          ),
        )
  },
}

interface End {
  readonly cause: CauseId
  readonly host: string
  readonly chain: string
  readonly file: string
  readonly rule: Rule
}

const PROHIBITED = /--reject-with (?:icmp-host-prohibited|icmp-admin-prohibited|icmp-net-prohibited|icmp-host-unreachable)/
const CHAINS: Readonly<Record<string, CauseId>> = { INPUT: 'filter.input-rule', FORWARD: 'filter.forward-rule' }

/** Rules that refuse whatever came so far. */
function endsOf({ documents }: Scene): readonly End[] {
  return documents.flatMap(({ content, place, file }) => {
    if (content.kind !== 'iptables') return []
    return content.ruleset.tables.flatMap(({ name, chains }) =>
      Object.entries(CHAINS).flatMap(([chain, cause]) =>
        (name === 'filter' ? (chains.get(chain)?.rules ?? []) : [])
          .filter(({ text, matches, opaque }) => PROHIBITED.test(text) && matches.length === 0 && opaque.length === 0)
          .map((rule): End => ({ cause, host: place.host ?? '', chain, file, rule })),
      ),
    )
  })
}

const suspect = ({ cause, host, chain, file, rule }: End, explains: readonly string[]): Suspect => ({
  cause,
  where: {
    host,
    object: `rule ${rule.number} of chain ${chain} (table filter)`,
    source: { file, line: rule.line },
    rule: { table: 'filter', chain, rule: rule.number, text: rule.text, source: { file, line: rule.line } },
  },
  because: [
    {
      text: `what no rule before it accepts is refused, and the sender told "no route to host": ${rule.text}`,
      source: { file, line: rule.line },
    },
  ],
  against: [],
  likelihood: 0.72,
  explains,
})
