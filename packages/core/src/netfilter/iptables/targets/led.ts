import { CONTINUE } from '../../action.ts'
import { OptionReader } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { quoteAlways } from '../tokens.ts'
import { words } from './values.ts'

export interface LedTarget {
  readonly kind: 'LED'
  readonly trigger: string
  /** Milliseconds, 0 when it is left out. */
  readonly delay: number | 'inf'
  readonly alwaysBlink: boolean
}

export const led: TargetModule<LedTarget> = {
  kind: 'LED',
  options: { 'led-trigger-id': 1, 'led-delay': 1, 'led-always-blink': 0 },
  read(given) {
    const options = new OptionReader(given)
    const trigger = options.text('led-trigger-id')
    options.require(trigger !== undefined, 'LED needs --led-trigger-id')
    const delay = options.text('led-delay') === 'inf' ? 'inf' : (options.number('led-delay') ?? 0)
    return options.finish({ kind: 'LED', trigger: trigger ?? '', delay, alwaysBlink: options.flag('led-always-blink') })
  },
  print: ({ trigger, delay, alwaysBlink }) =>
    words(`--led-trigger-id ${quoteAlways(trigger)}`, delay !== 0 && `--led-delay ${delay}`, alwaysBlink && '--led-always-blink'),
  act: () => CONTINUE,
  explain: ({ trigger }) => `blinks the LED ${trigger}`,
}
