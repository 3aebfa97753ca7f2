import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { words } from './values.ts'

export interface IdletimerTarget {
  readonly kind: 'IDLETIMER'
  /** Seconds. */
  readonly timeout: number
  readonly label: string
  readonly alarm: boolean
}

export const idletimer: TargetModule<IdletimerTarget> = {
  kind: 'IDLETIMER',
  options: { timeout: 1, label: 1, alarm: 0 },
  read(given) {
    const options = new OptionReader(given)
    const timeout = options.number('timeout')
    const label = options.text('label')
    options.require(Boolean(timeout) && Boolean(label), 'IDLETIMER needs --timeout and --label')
    return options.finish({ kind: 'IDLETIMER', timeout: timeout ?? 1, label: label ?? '', alarm: options.flag('alarm') })
  },
  print: ({ timeout, label, alarm }) => words(`--timeout ${timeout} --label ${label}`, alarm && '--alarm'),
  act: () => CONTINUE,
  explain: ({ label }) => `restarts the idle timer ${label}`,
}
