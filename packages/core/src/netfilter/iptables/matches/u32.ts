import type { Packet } from '../../../net/packet.ts'
import type { Decision } from '../../decision.ts'
import type { MatchModule } from '../module.ts'
import { payloadUnknown, signed } from './decide.ts'
import { headerBytes, type KnownByte } from './header-bytes.ts'
import { hex, OptionReader, parseNumber, type Range, U32 } from './options.ts'

export interface U32Match {
  readonly kind: 'u32'
  /** All must hold. */
  readonly tests: readonly U32Test[]
  readonly negated: boolean
}

export interface U32Test {
  /** The first number is an offset; each further one is an operand. */
  readonly location: readonly U32Step[]
  readonly values: readonly Range[]
}
export interface U32Step {
  readonly operator: 'offset' | '&' | '<<' | '>>' | '@'
  readonly number: number
}

const STEP = /^\s*(?:(&|<<|>>|@)\s*)?(0[xX][0-9a-fA-F]+|\d+)\s*/

function parseLocation(text: string): U32Step[] | undefined {
  const steps: U32Step[] = []
  for (let rest = text; rest.trim() !== ''; ) {
    const found = STEP.exec(rest)
    const number = found?.[2] === undefined ? undefined : parseNumber(found[2], U32)
    const operator = found?.[1] as U32Step['operator'] | undefined
    if (!found || number === undefined || (steps.length === 0) !== (operator === undefined)) return undefined
    steps.push({ operator: operator ?? 'offset', number })
    rest = rest.slice(found[0].length)
  }
  return steps.length > 0 && steps.length <= 11 ? steps : undefined
}

function parseTest(text: string): U32Test | undefined {
  const [locationText = '', valueText, more] = text.split('=')
  const location = parseLocation(locationText)
  if (!location || valueText === undefined || more !== undefined) return undefined
  const values: Range[] = []
  for (const part of valueText.split(',')) {
    const [from = '', to = from] = part.split(':').map((one) => one.trim())
    const first = parseNumber(from, U32)
    const last = parseNumber(to, U32)
    if (first === undefined || last === undefined) return undefined
    values.push({ first, last })
  }
  return { location, values }
}

function parseTests(text = ''): { tests: U32Test[] } | undefined {
  const tests = text.split('&&').map(parseTest)
  return tests.length <= 10 && tests.every((one) => one !== undefined) ? { tests } : undefined
}

const formatTest = ({ location, values }: U32Test): string =>
  `${location.map(({ operator, number }) => `${operator === 'offset' ? '' : operator}${hex(number)}`).join('')}=${values.map(({ first, last }) => (first === last ? hex(first) : `${hex(first)}:${hex(last)}`)).join(',')}`

/** A 32-bit quantity of which only the bits in `known` are known. */
interface Partial32 {
  readonly value: number
  readonly known: number
}

function readWord(bytes: readonly KnownByte[], at: number): Partial32 | undefined {
  let value = 0
  let known = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]
    if (!byte) return undefined
    value = ((value << 8) | byte.value) >>> 0
    known = ((known << 8) | byte.known) >>> 0
  }
  return { value, known }
}

/** u32_match_it(), with bits that may be unknown. undefined: it depends on what is not known. */
function decideTest({ location, values }: U32Test, bytes: readonly KnownByte[]): boolean | undefined {
  let base = 0
  let word: Partial32 | undefined
  for (const { operator, number } of location) {
    if (operator === 'offset') word = readWord(bytes, number)
    else if (!word) return undefined
    else if (operator === '&') word = { value: (word.value & number) >>> 0, known: (word.known | ~number) >>> 0 }
    else if (operator === '<<') word = { value: (word.value << number) >>> 0, known: ((word.known << number) | ((1 << number) - 1)) >>> 0 }
    else if (operator === '>>') word = { value: word.value >>> number, known: ((word.known >>> number) | ~(U32 >>> number)) >>> 0 }
    else {
      if (word.known !== U32) return undefined
      base += word.value
      word = readWord(bytes, base + number)
    }
  }
  if (!word) return undefined
  const { value, known } = word
  if (known === U32) return values.some(({ first, last }) => value >= first && value <= last)
  // with bits missing, only "none of these single values can come out" is sure
  const impossible = values.every(({ first, last }) => first === last && ((first ^ value) & known) !== 0)
  return impossible ? false : undefined
}

function decide(tests: readonly U32Test[], packet: Packet): Decision {
  const bytes = headerBytes(packet)
  let unsure = false
  for (const test of tests) {
    const holds = decideTest(test, bytes)
    if (holds === false) return false
    if (holds === undefined) unsure = true
  }
  return unsure ? payloadUnknown('a u32 test') : true
}

/** xt_u32.c, u32_mt(). Headers are known, what follows them is not. */
export const u32: MatchModule<U32Match> = {
  kind: 'u32',
  options: { u32: 1 },
  read(given) {
    const options = new OptionReader(given)
    const program = options.signed(['u32'], parseTests)
    options.require(program !== undefined, 'u32 needs --u32')
    return options.finish({ kind: 'u32', tests: program?.tests ?? [], negated: program?.negated ?? false })
  },
  print: (match) => `${match.negated ? '! ' : ''}--u32 "${match.tests.map(formatTest).join('&&')}"`,
  decide: (match, { packet }) => signed(decide(match.tests, packet), match.negated),
  explain: (match) => `${match.negated ? 'does not pass' : 'passes'} the u32 test ${match.tests.map(formatTest).join('&&')}`,
}
