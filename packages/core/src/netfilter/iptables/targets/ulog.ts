import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { words } from './values.ts'

/** Went with Linux 3.17; NFLOG took its place. */
export interface UlogTarget {
  readonly kind: 'ULOG'
  readonly group: number
  readonly prefix: string
  readonly copyRange: number
  readonly threshold: number
}

export const ulog: TargetModule<UlogTarget> = {
  kind: 'ULOG',
  options: { 'ulog-nlgroup': 1, 'ulog-prefix': 1, 'ulog-cprange': 1, 'ulog-qthreshold': 1 },
  read(given) {
    const options = new OptionReader(given)
    return options.finish({
      kind: 'ULOG',
      group: options.number('ulog-nlgroup', 32) ?? 1,
      prefix: options.text('ulog-prefix') ?? '',
      copyRange: options.number('ulog-cprange') ?? 0,
      threshold: options.number('ulog-qthreshold', 50) ?? 1,
    })
  },
  print: ({ group, prefix, copyRange, threshold }) =>
    words(
      prefix && `--ulog-prefix ${quote(prefix)}`,
      group !== 1 && `--ulog-nlgroup ${group}`,
      copyRange > 0 && `--ulog-cprange ${copyRange}`,
      threshold !== 1 && `--ulog-qthreshold ${threshold}`,
    ),
  act: () => CONTINUE,
  explain: ({ group }) => `logs it to group ${group}`,
}
