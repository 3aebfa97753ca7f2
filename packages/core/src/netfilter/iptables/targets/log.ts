import { CONTINUE } from '../../action.ts'
import { OptionReader, parseNumber } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { quote } from '../tokens.ts'
import { words } from './values.ts'

export interface LogTarget {
  readonly kind: 'LOG'
  /** syslog's levels; 4, warning, where it is left out. */
  readonly level: number
  readonly prefix: string
  readonly flags: readonly LogFlag[]
}
export type LogFlag = 'tcp-sequence' | 'tcp-options' | 'ip-options' | 'uid' | 'macdecode'

/** In the order of their bits (NF_LOG_TCPSEQ …). */
export const LOG_FLAGS: readonly LogFlag[] = ['tcp-sequence', 'tcp-options', 'ip-options', 'uid', 'macdecode']
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']
const OLD_LEVELS: Readonly<Record<string, number>> = { panic: 0, error: 3, warn: 4 }
const DEFAULT_LEVEL = 4

function parseLevel(text: string): number | undefined {
  const number = parseNumber(text, 7)
  if (number !== undefined) return number
  const name = text.toLowerCase()
  const level = LEVELS.indexOf(name)
  return level < 0 ? OLD_LEVELS[name] : level
}

export const log: TargetModule<LogTarget> = {
  kind: 'LOG',
  options: { 'log-level': 1, 'log-prefix': 1, ...Object.fromEntries(LOG_FLAGS.map((flag) => [`log-${flag}`, 0])) },
  read(given) {
    const options = new OptionReader(given)
    const level = options.value(['log-level'], (text = '') => parseLevel(text)) ?? DEFAULT_LEVEL
    const flags = LOG_FLAGS.filter((flag) => options.flag(`log-${flag}`))
    return options.finish({ kind: 'LOG', level, prefix: options.text('log-prefix') ?? '', flags })
  },
  print: ({ level, prefix, flags }) =>
    words(
      prefix && `--log-prefix ${quote(prefix)}`,
      level !== DEFAULT_LEVEL && `--log-level ${level}`,
      ...flags.map((flag) => `--log-${flag}`),
    ),
  act: () => CONTINUE,
  explain: ({ prefix }) => (prefix ? `logs it as "${prefix.trim()}"` : 'logs it'),
}
