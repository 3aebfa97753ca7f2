import { CONTINUE } from '../../action.ts'
import { OptionReader, U16, U32 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { exclusive, words } from './values.ts'

export interface NflogTarget {
  readonly kind: 'NFLOG'
  readonly group: number
  readonly prefix: string
  /** `--nflog-size`: bytes copied to user space. */
  readonly size?: number | undefined
  /** `--nflog-range`: the same, from before it worked. */
  readonly range?: number | undefined
  readonly threshold: number
}

export const nflog: TargetModule<NflogTarget> = {
  kind: 'NFLOG',
  options: { 'nflog-group': 1, 'nflog-prefix': 1, 'nflog-range': 1, 'nflog-size': 1, 'nflog-threshold': 1 },
  read(given) {
    const options = new OptionReader(given)
    exclusive(options, given, ['nflog-range', 'nflog-size'])
    return options.finish({
      kind: 'NFLOG',
      group: options.number('nflog-group', U16) ?? 0,
      // NFLOG keeps 63 characters; what is longer is cut off (struct xt_nflog_info).
      prefix: (options.text('nflog-prefix') ?? '').slice(0, 63),
      size: options.number('nflog-size', U32),
      range: options.number('nflog-range', U32),
      threshold: options.number('nflog-threshold', U16) ?? 0,
    })
  },
  print: ({ group, prefix, size, range, threshold }) =>
    words(
      prefix && `--nflog-prefix ${quote(prefix)}`,
      group > 0 && `--nflog-group ${group}`,
      size !== undefined && `--nflog-size ${size}`,
      range !== undefined && `--nflog-range ${range}`,
      threshold > 0 && `--nflog-threshold ${threshold}`,
    ),
  act: () => CONTINUE,
  explain: ({ group }) => `logs it to group ${group}`,
}
