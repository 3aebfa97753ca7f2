import { assumed } from './decide.ts'
import type { OptionReader } from './options.ts'
import { formatValue, parseNumber, printOption, type SignedValue, U32, words } from './options.ts'

/** The model's packets carry no IPv6 extension headers; every match on one is false without it, negated options too. */
export const noHeader = (name: string) => assumed(false, `the packet is taken to carry no ${name} header`)

/** `type[:length]` of an option inside a hop-by-hop or destination options header. */
export interface HeaderOption {
  readonly type: number
  readonly length?: number | undefined
}

/** What hbh and dst have in common (ip6t_hbh.c serves both). */
export interface OptionsHeader {
  readonly length?: SignedValue | undefined
  readonly list?: readonly HeaderOption[] | undefined
}

/** IP6T_OPTS_OPTSNR */
const LIST_MAX = 16

function parseList(text = ''): HeaderOption[] | undefined {
  const list: HeaderOption[] = []
  for (const part of text.split(',')) {
    const [typeText = '', lengthText] = part.split(':')
    const type = parseNumber(typeText, 0xff)
    const length = lengthText === undefined ? undefined : parseNumber(lengthText, 0xff)
    if (type === undefined || (lengthText !== undefined && length === undefined)) return undefined
    list.push(length === undefined ? { type } : { type, length })
  }
  return list.length <= LIST_MAX ? list : undefined
}

export function readOptionsHeader(options: OptionReader, name: 'hbh' | 'dst'): OptionsHeader {
  return { length: options.signedNumber(`${name}-len`, U32), list: options.value([`${name}-opts`], parseList) }
}

export function printOptionsHeader(name: 'hbh' | 'dst', { length, list }: OptionsHeader): string {
  const items = list?.map((one) => (one.length === undefined ? `${one.type}` : `${one.type}:${one.length}`)).join(',')
  return words(printOption(`${name}-len`, length, formatValue), items !== undefined && `--${name}-opts ${items}`)
}
