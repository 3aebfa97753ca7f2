import { type Address, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { words } from './values.ts'

export interface TeeTarget {
  readonly kind: 'TEE'
  readonly gateway: Address
  readonly oif?: string | undefined
}

/** tee_tg4(), xt_TEE.c: the copy goes another way, the packet itself goes on. */
export const tee: TargetModule<TeeTarget> = {
  kind: 'TEE',
  options: { gateway: 1, oif: 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const gateway = options.value(['gateway'], (text = '') => parseAddress(text))
    options.require(gateway !== undefined && familyOf(gateway) === family, 'TEE needs a gateway of its family')
    return options.finish({ kind: 'TEE', gateway: gateway ?? 0, oif: options.text('oif') })
  },
  print: ({ gateway, oif }) => words(`--gateway ${formatAddress(gateway)}`, oif !== undefined && `--oif ${oif}`),
  act: () => CONTINUE,
  explain: ({ gateway }) => `sends a copy to ${formatAddress(gateway)}`,
}
