import type { InterfaceMatch } from '../ast.ts'
import { formatInterface, readInterface } from '../header.ts'
import type { MatchModule } from '../module.ts'
import { isProblem, OptionReader, printOption, words } from './options.ts'

interface Signed {
  readonly negated: boolean
}
export interface PhysdevMatch {
  readonly kind: 'physdev'
  readonly isIn?: Signed | undefined
  readonly isOut?: Signed | undefined
  readonly isBridged?: Signed | undefined
  readonly in?: InterfaceMatch | undefined
  readonly out?: InterfaceMatch | undefined
}

const printFlag = (name: string, flag: Signed | undefined): string | undefined => flag && words(flag.negated && '!', `--${name}`)
const same = (match: InterfaceMatch, port: string): boolean => (match.wildcard ? port.startsWith(match.name) : port === match.name)

/** A bare `+` is kept: it asks for any port. */
function parseInterface(text = ''): { name: string; wildcard: boolean } | undefined {
  const read = text === '+' ? { name: '', wildcard: true, negated: false } : readInterface(text, false)
  return read === undefined || isProblem(read) ? undefined : { name: read.name, wildcard: read.wildcard }
}

/** xt_physdev.c, physdev_mt(). */
export const physdev: MatchModule<PhysdevMatch> = {
  kind: 'physdev',
  options: { 'physdev-in': 1, 'physdev-out': 1, 'physdev-is-in': 0, 'physdev-is-out': 0, 'physdev-is-bridged': 0 },
  read(given) {
    const options = new OptionReader(given)
    options.require(given.length > 0, 'physdev needs an option')
    return options.finish({
      kind: 'physdev',
      isIn: options.signedFlag('physdev-is-in'),
      isOut: options.signedFlag('physdev-is-out'),
      isBridged: options.signedFlag('physdev-is-bridged'),
      in: options.signed(['physdev-in'], parseInterface),
      out: options.signed(['physdev-out'], parseInterface),
    })
  },
  print: (match) =>
    words(
      printFlag('physdev-is-in', match.isIn),
      printOption('physdev-in', match.in, formatInterface),
      printFlag('physdev-is-out', match.isOut),
      printOption('physdev-out', match.out, formatInterface),
      printFlag('physdev-is-bridged', match.isBridged),
    ),
  decide(match, { physIn, physOut }) {
    const tests = [match.isBridged, match.isIn, match.isOut, match.in, match.out]
    if (physIn === '' && physOut === '') return tests.every((test) => !test || test.negated)
    if (match.isBridged && (physOut !== '') === match.isBridged.negated) return false
    if (match.isIn && (physIn !== '') === match.isIn.negated) return false
    if (match.isOut && (physOut !== '') === match.isOut.negated) return false
    if (match.in && physIn !== '' && same(match.in, physIn) === match.in.negated) return false
    return !match.out || (physOut !== '' && same(match.out, physOut) !== match.out.negated)
  },
  explain(match) {
    const parts: string[] = []
    const is = (test: Signed) => (test.negated ? 'does not' : 'does')
    if (match.isIn) parts.push(`${is(match.isIn)} come in through a bridge port`)
    if (match.in) parts.push(`${match.in.negated ? 'does not come' : 'comes'} in through bridge port ${formatInterface(match.in)}`)
    if (match.isOut) parts.push(`${is(match.isOut)} leave through a bridge port`)
    if (match.out) parts.push(`${match.out.negated ? 'does not leave' : 'leaves'} through bridge port ${formatInterface(match.out)}`)
    if (match.isBridged) parts.push(match.isBridged.negated ? 'is not bridged' : 'is bridged, not routed')
    return parts.join(' and ')
  },
}
