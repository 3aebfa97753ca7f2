import { type Address, addressBits, familyOf, formatAddress, parseAddress } from '../../../net/address.ts'
import { maskOf } from '../../../net/prefix.ts'
import type { MatchModule } from '../module.ts'
import { bare } from '../tokens.ts'
import { unknown } from './decide.ts'
import { OptionReader, U32, words } from './options.ts'

export interface RecentMatch {
  readonly kind: 'recent'
  readonly action: Action
  readonly negated: boolean
  readonly name: string
  readonly mask: Address
  readonly side: 'rsource' | 'rdest'
  readonly seconds?: number | undefined
  readonly reap: boolean
  readonly hitcount?: number | undefined
  /** The TTL must be the same too. */
  readonly sameTtl: boolean
}

const ACTIONS = ['set', 'rcheck', 'update', 'remove'] as const
type Action = (typeof ACTIONS)[number]

/** XT_RECENT_MAX_NSTAMPS less one: the most hits a list can count. */
const HITS_MAX = 65535

/** xt_recent.c, recent_mt(): --set always holds; the others ask for an address that earlier packets put into a list. */
export const recent: MatchModule<RecentMatch> = {
  kind: 'recent',
  options: { set: 0, rcheck: 0, update: 0, remove: 0, seconds: 1, reap: 0, hitcount: 1, rttl: 0, name: 1, rsource: 0, rdest: 0, mask: 1 },
  read(given, { family }) {
    const options = new OptionReader(given)
    const found = ACTIONS.flatMap((action) => {
      const flag = options.signedFlag(action)
      return flag ? [{ action, negated: flag.negated }] : []
    })
    const one = found[0] ?? { action: 'set', negated: false }
    const looks = one.action === 'rcheck' || one.action === 'update'
    const seconds = options.number('seconds', U32)
    const hitcount = options.number('hitcount', HITS_MAX)
    const reap = options.flag('reap')
    const sameTtl = options.flag('rttl')
    const mask = options.value(['mask'], (text = '') => {
      const address = parseAddress(text)
      return address !== undefined && familyOf(address) === family ? address : undefined
    })
    options.flag('rsource')
    options.require(found.length === 1, 'recent needs one of --set, --rcheck, --update and --remove')
    options.require(
      looks || (seconds === undefined && hitcount === undefined && !sameTtl && !reap),
      '--seconds, --hitcount, --reap and --rttl need --rcheck or --update',
    )
    options.require(!reap || seconds !== undefined, '--reap needs --seconds')
    return options.finish({
      kind: 'recent',
      action: one.action,
      negated: one.negated,
      name: options.text('name') ?? 'DEFAULT',
      mask: mask ?? maskOf(addressBits(family), family === 'ip' ? 0 : 0n),
      side: options.flag('rdest') ? 'rdest' : 'rsource',
      seconds,
      reap,
      hitcount,
      sameTtl,
    })
  },
  print: (match) =>
    words(
      match.negated && '!',
      `--${match.action}`,
      match.seconds !== undefined && `--seconds ${match.seconds}`,
      match.reap && '--reap',
      match.hitcount !== undefined && `--hitcount ${match.hitcount}`,
      match.sameTtl && '--rttl',
      `--name ${bare(match.name)}`,
      `--mask ${formatAddress(match.mask)}`,
      `--${match.side}`,
    ),
  decide: (match) =>
    match.action === 'set'
      ? !match.negated
      : unknown(`which addresses the list ${match.name} holds is not known`, `files/proc/net/xt_recent/${match.name}`),
  explain(match) {
    const address = match.side === 'rsource' ? 'source' : 'destination'
    if (match.action === 'set') return `has its ${address} put into the list ${match.name}`
    const often = words(
      match.hitcount !== undefined && `at least ${match.hitcount} times`,
      match.seconds !== undefined && `in the last ${match.seconds} seconds`,
    )
    return `has a ${address} that ${match.negated ? 'is not' : 'is'} in the list ${match.name}${often && `, ${often}`}`
  },
}
