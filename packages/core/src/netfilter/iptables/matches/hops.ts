import type { MatchModule } from '../module.ts'
import { OptionReader, U8 } from './options.ts'

interface Hops<K extends string> {
  readonly kind: K
  readonly test: 'eq' | 'lt' | 'gt'
  readonly value: number
  readonly negated: boolean
}
export type TtlMatch = Hops<'ttl'>
export type HlMatch = Hops<'hl'>

const PHRASE = { eq: '', lt: 'below ', gt: 'above ' } as const

/** xt_hl.c, ttl_mt() and hl_mt6(). */
function hops<K extends 'ttl' | 'hl'>(kind: K, field: string): MatchModule<Hops<K>> {
  const tests = ['eq', 'lt', 'gt'] as const
  return {
    kind,
    options: { [`${kind}-eq`]: 1, [`${kind}-lt`]: 1, [`${kind}-gt`]: 1, [kind]: 1 },
    read(given) {
      const options = new OptionReader(given)
      const found = tests.map((test) => ({
        test,
        value: options.signed(test === 'eq' ? [`${kind}-eq`, kind] : [`${kind}-${test}`], (text = '') => parseByte(text)),
      }))
      const set = found.filter((one) => one.value !== undefined)
      const one = set[0]
      options.require(set.length === 1, `${kind} needs one of --${kind}-eq, --${kind}-lt and --${kind}-gt`)
      options.require(!one?.value?.negated || one.test === 'eq', `--${kind}-${one?.test} cannot be negated`)
      return options.finish({ kind, test: one?.test ?? 'eq', value: one?.value?.value ?? 0, negated: one?.value?.negated ?? false })
    },
    print: (match) => `${match.negated ? '! ' : ''}--${kind}-${match.test} ${match.value}`,
    decide({ test, value, negated }, { packet }) {
      switch (test) {
        case 'eq':
          return (packet.ttl === value) !== negated
        case 'lt':
          return packet.ttl < value
        case 'gt':
          return packet.ttl > value
      }
    },
    explain: ({ test, value, negated }) => `has a ${field} ${negated ? 'other than ' : PHRASE[test]}${value}`,
  }
}

function parseByte(text: string): { readonly value: number } | undefined {
  return /^\d+$/.test(text) && Number(text) <= U8 ? { value: Number(text) } : undefined
}

export const ttl = hops('ttl', 'TTL')
export const hl = hops('hl', 'hop limit')
