import type { Document } from '@culprit/core/intake/document'
import { printIpsets } from '@culprit/core/netfilter/ipset/save'
import { printRuleset } from '@culprit/core/netfilter/iptables/print'
import { printNft } from '@culprit/core/netfilter/nft/print'
import { isRuleset, type RulesetDocument, rulesetJson } from '@culprit/core/report/ruleset/json'
import type { Context, SharedFlags } from '../context.ts'
import { loadEvidence } from '../evidence.ts'
import { EXIT, type ExitCode, evidenceError } from '../exit.ts'

export interface RulesetFlags extends SharedFlags {
  readonly output?: 'save' | 'json'
}

/** `culprit ruleset FILE`: what was read, printed back. */
export async function ruleset(file: string, flags: RulesetFlags, context: Context): Promise<ExitCode> {
  const documents = await loadEvidence([file], context)
  const rulesets = documents.filter(isRuleset)
  if (rulesets.length === 0)
    throw evidenceError(
      `${file} holds no ruleset${known(documents)}`,
      'it reads iptables-save, ip6tables-save, iptables -L, nft list ruleset and ipset save',
    )
  const pieces = flags.output === 'json' ? rulesetJson(rulesets) : rulesets.map(saveText)
  for (const piece of pieces) await context.out.write(piece)
  return EXIT.fine
}

function saveText({ content }: RulesetDocument): string {
  switch (content.kind) {
    case 'iptables':
      return printRuleset(content.ruleset)
    case 'nft':
      return printNft(content.ruleset)
    case 'ipset':
      return printIpsets(content.sets)
  }
}

function known(documents: readonly Document[]): string {
  const kinds = [...new Set(documents.map(({ content }) => (content.kind === 'recognised' ? content.format : content.kind)))].filter(
    (kind) => kind !== 'unrecognised',
  )
  return kinds.length === 0 ? '' : ` (it is: ${kinds.join(', ')})`
}
