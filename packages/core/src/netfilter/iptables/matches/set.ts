import type { Decision } from '../../decision.ts'
import type { Scene } from '../../scene.ts'
import type { MatchModule } from '../module.ts'
import { signed, unknown } from './decide.ts'
import { OptionReader, words } from './options.ts'

export interface SetMatch {
  readonly kind: 'set'
  readonly name: string
  readonly directions: readonly ('src' | 'dst')[]
  readonly negated: boolean
  /** Elements marked nomatch hold, and the others do not. */
  readonly returnNomatch: boolean
  readonly updateCounters: boolean
  readonly updateSubcounters: boolean
  readonly packets?: CounterTest | undefined
  readonly bytes?: CounterTest | undefined
}

export interface CounterTest {
  readonly test: 'eq' | 'lt' | 'gt'
  readonly value: bigint
  readonly negated: boolean
}

/** IPSET_DIM_MAX; IPSET_MAXNAMELEN with its end */
const DIMENSIONS = 6
const NAME_MAX = 31

function parseSet(name = '', list = ''): { name: string; directions: readonly ('src' | 'dst')[] } | undefined {
  const directions = list.split(',').filter((one) => one === 'src' || one === 'dst')
  if (directions.length !== list.split(',').length || directions.length > DIMENSIONS || name === '' || name.length > NAME_MAX)
    return undefined
  return { name, directions }
}

function readCounter(options: OptionReader, name: 'packets' | 'bytes'): CounterTest | undefined {
  const parse = (text = '') => (/^\d+$/.test(text) ? { value: BigInt(text) } : undefined)
  const found = (['eq', 'lt', 'gt'] as const).flatMap((test) => {
    const one = options.signed([`${name}-${test}`], parse)
    return one ? [{ test, ...one }] : []
  })
  options.require(found.length <= 1, `only one of --${name}-eq, --${name}-lt and --${name}-gt`)
  options.require(
    found.every((one) => one.test === 'eq' || !one.negated),
    `--${name}-lt and --${name}-gt cannot be negated`,
  )
  return found[0]
}

const printCounter = (name: string, counter: CounterTest | undefined): string | undefined =>
  counter && words(counter.negated && '!', `--${name}-${counter.test} ${counter.value}`)

/** Membership itself, before a negation. */
function holds(match: SetMatch, scene: Scene): Decision {
  const member = scene.ipsets.test(match.name, match.directions, scene, { returnNomatch: match.returnNomatch })
  if (member === undefined) return unknown(`the set ${match.name} is not in the evidence`, 'ipset-save.txt')
  if (member === false) return false
  return match.packets || match.bytes ? unknown(`the counters of the element of ${match.name} are not known`, 'ipset-save.txt') : member
}

/** xt_set.c, set_match_v4(). */
export const set: MatchModule<SetMatch> = {
  kind: 'set',
  options: {
    'match-set': 2,
    set: 2,
    'return-nomatch': 0,
    'update-counters': 0,
    'update-subcounters': 0,
    'packets-eq': 1,
    'packets-lt': 1,
    'packets-gt': 1,
    'bytes-eq': 1,
    'bytes-lt': 1,
    'bytes-gt': 1,
  },
  read(given) {
    const options = new OptionReader(given)
    const test = options.signed(['match-set', 'set'], parseSet)
    options.require(test !== undefined, 'set needs --match-set')
    return options.finish({
      kind: 'set',
      name: test?.name ?? '',
      directions: test?.directions ?? [],
      negated: test?.negated ?? false,
      returnNomatch: options.flag('return-nomatch'),
      updateCounters: !options.signedFlag('update-counters')?.negated,
      updateSubcounters: !options.signedFlag('update-subcounters')?.negated,
      packets: readCounter(options, 'packets'),
      bytes: readCounter(options, 'bytes'),
    })
  },
  print: (match) =>
    words(
      match.negated && '!',
      `--match-set ${match.name} ${match.directions.join(',')}`,
      match.returnNomatch && '--return-nomatch',
      !match.updateCounters && '! --update-counters',
      !match.updateSubcounters && '! --update-subcounters',
      printCounter('packets', match.packets),
      printCounter('bytes', match.bytes),
    ),
  decide: (match, scene) => signed(holds(match, scene), match.negated),
  explain: (match) => `is ${match.negated ? 'not ' : ''}in the set ${match.name} by ${match.directions.join(', ')}`,
}
