import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'

const DROPS = /--(?:ctstate|state) INVALID\b.*-j (?:DROP|REJECT)/
/** A few are seen everywhere: late packets of connections that are closed. */
const MANY = 1000

/** Connections break off, and a rule that drops what conntrack calls invalid has met many packets. */
export const invalidDropped: Cause = {
  id: 'filter.invalid-drop',
  suspects: (scene) => {
    const broken = scene.symptoms.filter(
      ({ result, outcomes }) => (result === 'reset' || result === 'stalls' || result === 'fails') && outcomes.length === 0,
    )
    return broken.length === 0 && !toldBroken(scene)
      ? []
      : suspects(
          scene,
          broken.flatMap(({ observation }) => observation ?? []),
        )
  },
}

/** No single connection is told, and that they break off is. */
const toldBroken = ({ documents, symptoms }: Scene): boolean =>
  symptoms.length === 0 &&
  documents.some(
    ({ content, text = '' }) =>
      content.kind === 'recognised' &&
      content.format === 'notes' &&
      /\bconnection (?:was |is |gets? )?reset\b|\breset by peer\b|\bECONNRESET\b|\b(?:downloads?|transfers?|connections?|uploads?)\b.{0,60}\b(?:stall|hang|break|abort|drop)/i.test(
        text.slice(0, 20_000),
      ),
  )

function suspects({ documents }: Scene, explains: readonly string[]): readonly Suspect[] {
  return documents.flatMap(({ content, place, file }): readonly Suspect[] => {
    if (content.kind !== 'iptables') return []
    return content.ruleset.tables.flatMap(({ name, chains }) =>
      [...chains.values()].flatMap((chain) =>
        chain.rules
          .filter(({ text, counters }) => DROPS.test(text) && Number(counters?.packets ?? 0) >= MANY)
          .map((rule): Suspect => {
            const source = { file, line: rule.line }
            return {
              cause: 'filter.invalid-drop',
              where: {
                host: place.host ?? '',
                object: `rule ${rule.number} of chain ${chain.name} (table ${name})`,
                source,
                rule: { table: name, chain: chain.name, rule: rule.number, text: rule.text, source },
              },
              because: [{ text: `${rule.counters?.packets} packets were dropped as INVALID: ${rule.text}`, source }],
              against: [],
              likelihood: 0.75,
              explains,
            }
          }),
      ),
    )
  })
}
