import { OptionReader, parseRange, type Range, U16 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive, words } from './values.ts'

export interface NfqueueTarget {
  readonly kind: 'NFQUEUE'
  /** One queue, or those of `--queue-balance`. */
  readonly queues: Range
  readonly bypass: boolean
  readonly cpuFanout: boolean
}

/** struct xt_NFQ_info_v1 counts the queues in 16 bits, so not all 65536 of them make a range; an open end is the last but one. */
const OPEN_END = 0xfffe

function parseBalance(text: string): Range | undefined {
  if (!text.includes(':')) return undefined
  const range = text.endsWith(':') ? parseRange(`${text}${OPEN_END}`, U16) : parseRange(text, U16)
  return range && range.first < range.last && range.last - range.first < U16 ? range : undefined
}

export const nfqueue: TargetModule<NfqueueTarget> = {
  kind: 'NFQUEUE',
  options: { 'queue-num': 1, 'queue-balance': 1, 'queue-bypass': 0, 'queue-cpu-fanout': 0 },
  read(given) {
    const options = new OptionReader(given)
    exclusive(options, given, ['queue-num', 'queue-balance'])
    const number = options.number('queue-num', U16) ?? 0
    const queues = options.value(['queue-balance'], (text = '') => parseBalance(text)) ?? { first: number, last: number }
    const cpuFanout = options.flag('queue-cpu-fanout')
    options.require(!cpuFanout || queues.first < queues.last, '--queue-cpu-fanout needs --queue-balance')
    return options.finish({ kind: 'NFQUEUE', queues, bypass: options.flag('queue-bypass'), cpuFanout })
  },
  print: ({ queues, bypass, cpuFanout }) =>
    words(
      queues.first === queues.last ? `--queue-num ${queues.first}` : `--queue-balance ${queues.first}:${queues.last}`,
      bypass && '--queue-bypass',
      cpuFanout && '--queue-cpu-fanout',
    ),
  act: ({ bypass }) => ({ kind: 'queue', bypass }),
  explain: ({ queues }) => `hands it to the program on queue ${queues.first}${queues.first < queues.last ? ` to ${queues.last}` : ''}`,
}
