import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface ChecksumTarget {
  readonly kind: 'CHECKSUM'
}

export const checksum: TargetModule<ChecksumTarget> = {
  kind: 'CHECKSUM',
  options: { 'checksum-fill': 0 },
  read(given) {
    const options = new OptionReader(given)
    options.require(options.flag('checksum-fill'), 'CHECKSUM needs --checksum-fill')
    return options.finish({ kind: 'CHECKSUM' })
  },
  print: () => '--checksum-fill',
  act: () => CONTINUE,
  explain: () => 'fills in its checksum',
}
