import { alterPacket } from '../../../net/packet.ts'
import { OptionReader, U8 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { exclusive } from './values.ts'

/** TTL (IPv4) and HL (IPv6 hop limit) do the same. */
export interface TtlTarget<K extends 'TTL' | 'HL' = 'TTL' | 'HL'> {
  readonly kind: K
  readonly mode: 'set' | 'inc' | 'dec'
  readonly value: number
}

const modes = ['set', 'inc', 'dec'] as const

/** ttl_tg(), hl_tg6(), xt_HL.c: the result stays within 0 and 255. A packet at 0 goes on; forwarding it is what fails. */
function changed(ttl: number, { mode, value }: TtlTarget): number {
  switch (mode) {
    case 'set':
      return value
    case 'inc':
      return Math.min(ttl + value, U8)
    case 'dec':
      return Math.max(ttl - value, 0)
  }
}

const explanations = { set: 'sets its TTL to', inc: 'raises its TTL by', dec: 'lowers its TTL by' }

function ttlModule<K extends 'TTL' | 'HL'>(kind: K): TargetModule<TtlTarget<K>> {
  const prefix = kind.toLowerCase()
  return {
    kind,
    options: Object.fromEntries(modes.map((mode) => [`${prefix}-${mode}`, 1])),
    read(given) {
      const options = new OptionReader(given)
      const option = exclusive(
        options,
        given,
        modes.map((mode) => `${prefix}-${mode}`),
      )
      const mode = modes.find((one) => option?.endsWith(one)) ?? 'set'
      const value = options.number(`${prefix}-${mode}`, U8)
      options.require(value !== undefined, `${kind} needs a value`)
      options.require(mode === 'set' || value !== 0, `${kind} by 0 changes nothing`)
      return options.finish({ kind, mode, value: value ?? 0 })
    },
    print: ({ mode, value }) => `--${prefix}-${mode} ${value}`,
    act: (target, { packet }) => ({ kind: 'alter', packet: alterPacket(packet, { ttl: changed(packet.ttl, target) }) }),
    explain: ({ mode, value }) => `${explanations[mode]} ${value}`,
  }
}

export const ttl = ttlModule('TTL')
export const hl = ttlModule('HL')
