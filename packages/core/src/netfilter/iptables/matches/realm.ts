import type { MatchModule } from '../module.ts'
import { unknown } from './decide.ts'
import { hex, OptionReader, parseNumber, printOption, U32 } from './options.ts'

export interface RealmMatch {
  readonly kind: 'realm'
  /** A name of /etc/iproute2/rt_realms; undefined where a number was given. */
  readonly name?: string | undefined
  readonly value: number
  readonly mask: number
  readonly negated: boolean
}

function parseRealm(text = ''): { name?: string; value: number; mask: number } | undefined {
  const [number = '', maskText] = text.split('/')
  const value = parseNumber(number, U32)
  const mask = maskText === undefined ? U32 : parseNumber(maskText, U32)
  if (value !== undefined) return mask === undefined ? undefined : { value, mask }
  return text !== '' && !text.includes('/') && !/^[\d-]/.test(text) ? { name: text, value: 0, mask: U32 } : undefined
}

const format = ({ name, value, mask }: RealmMatch): string => name ?? (mask === U32 ? hex(value) : `${hex(value)}/${hex(mask)}`)

/** xt_realm.c, realm_mt(): the realm of the packet's route. */
export const realm: MatchModule<RealmMatch> = {
  kind: 'realm',
  options: { realm: 1 },
  read(given) {
    const options = new OptionReader(given)
    const test = options.signed(['realm'], parseRealm)
    options.require(test !== undefined, 'realm needs --realm')
    return options.finish({ kind: 'realm', ...(test ?? { value: 0, mask: U32, negated: false }) })
  },
  print: (match) => printOption('realm', match, format) ?? '',
  decide: () => unknown('the realm of the route is not known'),
  explain: (match) => `takes a route ${match.negated ? 'not ' : ''}of realm ${format(match)}`,
}
