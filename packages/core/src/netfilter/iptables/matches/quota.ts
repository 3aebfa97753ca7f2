import type { MatchModule } from '../module.ts'
import { assumed } from './decide.ts'
import { OptionReader } from './options.ts'

export interface QuotaMatch {
  readonly kind: 'quota'
  /** What is left of it, in bytes. */
  readonly bytes: bigint
  readonly negated: boolean
}

const U64 = 0xffffffffffffffffn

/** xt_quota.c, quota_mt(). A packet larger than the quota does not pass, and nothing after it. */
export const quota: MatchModule<QuotaMatch> = {
  kind: 'quota',
  options: { quota: 1 },
  read(given) {
    const options = new OptionReader(given)
    const quantity = options.signed(['quota'], (text = '') =>
      /^(\d+|0x[0-9a-fA-F]+)$/.test(text) && BigInt(text) <= U64 ? { bytes: BigInt(text) } : undefined,
    )
    options.require(quantity !== undefined, 'quota needs --quota')
    return options.finish({ kind: 'quota', bytes: quantity?.bytes ?? 0n, negated: quantity?.negated ?? false })
  },
  print: (match) => `${match.negated ? '! ' : ''}--quota ${match.bytes}`,
  decide: (match, { packet }) =>
    match.bytes < BigInt(packet.length) ? match.negated : assumed(!match.negated, 'the quota is taken not to be used up'),
  explain: (match) => `is ${match.negated ? 'beyond' : 'within'} a quota of ${match.bytes} bytes`,
}
