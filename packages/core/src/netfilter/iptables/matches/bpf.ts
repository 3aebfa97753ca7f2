import type { MatchModule } from '../module.ts'
import { quote, quoteAlways } from '../tokens.ts'
import { payloadUnknown } from './decide.ts'
import { OptionReader } from './options.ts'

/** A socket filter: cBPF as decimal text, or an eBPF program pinned in a file system. */
export interface BpfMatch {
  readonly kind: 'bpf'
  readonly bytecode?: string | undefined
  readonly pinned?: string | undefined
}

/** `COUNT,CODE JT JF K,…` */
const CBPF = /^\d+(,\d+ \d+ \d+ \d+)+$/

/** xt_bpf.c. Programs are not run. */
export const bpf: MatchModule<BpfMatch> = {
  kind: 'bpf',
  options: { bytecode: 1, 'object-pinned': 1 },
  read(given) {
    const options = new OptionReader(given)
    const bytecode = options.text('bytecode')?.trim()
    const pinned = options.text('object-pinned')
    options.require((bytecode === undefined) !== (pinned === undefined), 'bpf needs --bytecode or --object-pinned')
    options.require(
      bytecode === undefined || (CBPF.test(bytecode) && Number(bytecode.split(',')[0]) === bytecode.split(',').length - 1),
      'not a BPF program',
    )
    return options.finish({ kind: 'bpf', bytecode, pinned })
  },
  print: (match) =>
    match.bytecode === undefined ? `--object-pinned ${quote(match.pinned ?? '')}` : `--bytecode ${quoteAlways(match.bytecode)}`,
  decide: () => payloadUnknown('a BPF program'),
  explain: () => 'passes a BPF program',
}
