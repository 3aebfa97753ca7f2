import { alterPacket } from '../../../net/packet.ts'
import { OptionReader, U32 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'

export interface ClassifyTarget {
  readonly kind: 'CLASSIFY'
  /** skb->priority: tc's MAJOR:MINOR, 16 bits each. */
  readonly priority: number
}

function parseClass(text: string): number | undefined {
  const parts = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text)
  return parts ? (Number.parseInt(`${parts[1]}${parts[2]?.padStart(4, '0')}`, 16) & U32) >>> 0 : undefined
}

const half = (value: number): string => value.toString(16).padStart(4, '0')

/** classify_tg(), xt_CLASSIFY.c. */
export const classify: TargetModule<ClassifyTarget> = {
  kind: 'CLASSIFY',
  options: { 'set-class': 1 },
  read(given) {
    const options = new OptionReader(given)
    const priority = options.value(['set-class'], (text = '') => parseClass(text))
    options.require(priority !== undefined, 'CLASSIFY needs --set-class')
    return options.finish({ kind: 'CLASSIFY', priority: priority ?? 0 })
  },
  print: ({ priority }) => `--set-class ${half(priority >>> 16)}:${half(priority & 0xffff)}`,
  act: ({ priority }, { packet }) => ({ kind: 'alter', packet: alterPacket(packet, { priority }) }),
  explain: ({ priority }) => `puts it into traffic class ${(priority >>> 16).toString(16)}:${(priority & 0xffff).toString(16)}`,
}
