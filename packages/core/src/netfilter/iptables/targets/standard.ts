import { ACCEPT, type Action, DROP, RETURN } from '../../action.ts'
import { problem, type TargetModule } from '../module.ts'

/** The verdicts that need no module (libxt_standard, struct xt_standard_target). */
export type StandardTarget =
  | { readonly kind: 'ACCEPT' }
  | { readonly kind: 'DROP' }
  | { readonly kind: 'RETURN' }
  | { readonly kind: 'QUEUE' }

function standard<K extends StandardTarget['kind']>(kind: K, action: Action, explanation: string): TargetModule<{ readonly kind: K }> {
  return {
    kind,
    options: {},
    read: (given) => (given.length > 0 ? problem(`${kind} takes no options`) : { kind }),
    print: () => '',
    act: () => action,
    explain: () => explanation,
  }
}

export const acceptTarget = standard('ACCEPT', ACCEPT, 'accepts it')
export const dropTarget = standard('DROP', DROP, 'drops it')
export const returnTarget = standard('RETURN', RETURN, 'returns to the calling chain')
/** Without a program on queue 0 the packet is lost. */
export const queueTarget = standard('QUEUE', { kind: 'queue', bypass: false }, 'hands it to the program on queue 0')
