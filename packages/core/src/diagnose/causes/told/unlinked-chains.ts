import type { IptablesRuleset } from '../../../netfilter/iptables/ast.ts'
import type { Scene } from '../../scene.ts'
import type { Cause, Suspect } from '../cause.ts'

/** Chains that their owners call from a built-in chain as long as they are whole. */
const OWNED =
  /^(?:DOCKER|DOCKER-USER|DOCKER-FORWARD|KUBE-SERVICES|KUBE-FORWARD|CNI-HOSTPORT-DNAT|FLANNEL-FWD|NETAVARK_FORWARD|NETAVARK-HOSTPORT-DNAT)$/

/** `iptables -F` empties chains and leaves their names: what Docker or kube-proxy made is there, and nothing leads to it. */
export const unlinkedChains: Cause = {
  id: 'nat.rules-flushed',
  suspects: (scene) => {
    const explains = scene.symptoms.filter(({ result }) => result !== 'exposed').flatMap(({ observation }) => observation ?? [])
    return explains.length === 0
      ? []
      : scene.documents.flatMap(({ content, place, file }) =>
          content.kind === 'iptables' ? (suspect(content.ruleset, place.host ?? '', file, explains, scene) ?? []) : [],
        )
  },
}

function suspect(ruleset: IptablesRuleset, host: string, file: string, explains: readonly string[], scene: Scene): Suspect | undefined {
  if (!ruleset.complete || ruleset.family !== 'ip') return undefined
  const lost = ruleset.tables.flatMap((table) => {
    const texts = [...table.chains.values()].flatMap(({ rules }) => rules.map(({ text }) => text))
    return [...table.chains.values()].filter(
      ({ name, rules }) =>
        OWNED.test(name) && rules.length === 0 && !texts.some((text) => text.endsWith(` -j ${name}`) || text.includes(` -j ${name} `)),
    )
  })
  const nat = ruleset.tables.find(({ name }) => name === 'nat')
  const empty = nat === undefined || [...nat.chains.values()].every(({ rules }) => rules.length === 0)
  const [first] = lost
  if (!first || lost.length < 2 || !empty || isElsewhere(scene, file, host)) return undefined
  return {
    cause: 'nat.rules-flushed',
    where: { host, object: `the rules that lead to chain ${first.name}`, source: { file, line: first.line } },
    because: [
      ...lost
        .slice(0, 3)
        .map(({ name, line }) => ({ text: `chain ${name} is there, empty, and no rule leads to it`, source: { file, line } })),
      { text: 'table nat has no rule at all' },
    ],
    against: [],
    likelihood: 0.88,
    explains,
  }
}

/** The other back end has the rules. */
const isElsewhere = ({ documents }: Scene, file: string, host: string): boolean =>
  documents.some(
    ({ content, place }) =>
      content.kind === 'iptables' &&
      content.ruleset.file !== file &&
      (place.host ?? '') === host &&
      content.ruleset.tables.some(({ name, chains }) => name === 'nat' && [...chains.values()].some(({ rules }) => rules.length > 0)),
  )
