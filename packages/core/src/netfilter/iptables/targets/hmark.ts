import { addressBits } from '../../../net/address.ts'
import { CONTINUE } from '../../action.ts'
import { unknown } from '../../decision.ts'
import { OptionReader, U16, U32 } from '../matches/options.ts'
import type { TargetModule } from '../module.ts'
import { hex, words } from './values.ts'

/** The values of HMARK's options that were given, in the order in which iptables-save prints them. */
export interface HmarkTarget {
  readonly kind: 'HMARK'
  readonly fields: readonly { readonly name: HmarkField; readonly value: number }[]
  readonly random: number
  readonly modulus: number
  readonly offset: number
  /** Hash the connection's original tuple, not the packet's header. */
  readonly conntrack: boolean
}

const FIELDS = ['src-prefix', 'dst-prefix', 'sport-mask', 'dport-mask', 'spi-mask', 'sport', 'dport', 'spi', 'proto-mask'] as const
export type HmarkField = (typeof FIELDS)[number]
const DIGITS: Readonly<Record<HmarkField, number | undefined>> = {
  'src-prefix': undefined,
  'dst-prefix': undefined,
  'sport-mask': 4,
  'dport-mask': 4,
  'spi-mask': 8,
  sport: 4,
  dport: 4,
  spi: 8,
  'proto-mask': 2,
}

/** What a word of `--hmark-tuple` stands for. */
const TUPLE: Readonly<Record<string, HmarkField>> = {
  src: 'src-prefix',
  dst: 'dst-prefix',
  sport: 'sport-mask',
  dport: 'dport-mask',
  spi: 'spi-mask',
}

function whole(name: HmarkField, bits: number): number {
  if (name.endsWith('prefix')) return bits
  return name.startsWith('spi') ? U32 : U16
}

export const hmark: TargetModule<HmarkTarget> = {
  kind: 'HMARK',
  options: {
    ...Object.fromEntries(FIELDS.map((name) => [`hmark-${name}`, 1])),
    'hmark-tuple': 1,
    'hmark-rnd': 1,
    'hmark-mod': 1,
    'hmark-offset': 1,
  },
  read(given, { family }) {
    const options = new OptionReader(given)
    const bits = addressBits(family)
    const tuple = options.text('hmark-tuple')?.split(',') ?? []
    options.require(
      tuple.every((word) => word === 'ct' || word in TUPLE),
      `HMARK has no tuple ${tuple.join(',')}`,
    )
    const fields = FIELDS.flatMap((name) => {
      const value = options.number(`hmark-${name}`, name.endsWith('prefix') ? 128 : whole(name, bits))
      const implied = tuple.some((word) => TUPLE[word] === name) ? whole(name, bits) : undefined
      const known = value ?? implied
      return known === undefined ? [] : [{ name, value: name.endsWith('prefix') ? Math.min(known, bits) : known }]
    })
    const spi = fields.some(({ name }) => name.startsWith('spi'))
    options.require(!spi || !fields.some(({ name }) => /^[sd]port/.test(name)), 'HMARK takes ports or an SPI')
    const random = options.number('hmark-rnd')
    const modulus = options.number('hmark-mod')
    options.require(random !== undefined && Boolean(modulus), 'HMARK needs --hmark-rnd and --hmark-mod')
    const offset = options.number('hmark-offset') ?? 0
    return options.finish({ kind: 'HMARK', fields, random: random ?? 0, modulus: modulus ?? 1, offset, conntrack: tuple.includes('ct') })
  },
  print: ({ fields, random, modulus, offset, conntrack }) =>
    words(
      ...fields.map(({ name, value }) => `--hmark-${name} ${DIGITS[name] === undefined ? value : hex(value, DIGITS[name])}`),
      `--hmark-rnd ${hex(random, 8)}`,
      `--hmark-mod ${modulus}`,
      offset > 0 && `--hmark-offset ${offset}`,
      conntrack && '--hmark-tuple ct',
    ),
  /** hmark_tg_v4(), xt_HMARK.c: a hash with the kernel's own jhash, so only the range of the mark is known. */
  act({ modulus, offset, conntrack }, scene) {
    if (conntrack && typeof scene.conntrack === 'string') return CONTINUE
    if (modulus === 1) return { kind: 'alter', packet: { ...scene.packet, mark: offset } }
    return {
      kind: 'unknown',
      unknown: unknown(`HMARK gives it a mark from ${offset} to ${offset + modulus - 1} by a hash that is not computed`),
    }
  },
  explain: ({ modulus, offset }) => `gives it one of ${modulus} marks from ${offset} on, by a hash of its header`,
}
