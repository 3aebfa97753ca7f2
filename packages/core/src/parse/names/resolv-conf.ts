import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { isCommand, readLines, words } from '../lines.ts'
import { notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'

/** resolv.conf(5) of a namespace. */
export interface Resolver {
  readonly nameservers: readonly { readonly address: Address; readonly source: Source }[]
  /** The last `search`, or `domain`, line counts. */
  readonly search: readonly string[]
  /** `ndots:5` → 5; 1 where it is left out. */
  readonly ndots: number
  readonly options: readonly string[]
  readonly source: Source
}

/** Reads a resolv.conf. A nameserver that is no address is noted: the resolver passes over it. */
export function readResolvConf(text: string, file: string): Parsed<Resolver> {
  const notes = notesOn(file)
  const nameservers: Resolver['nameservers'][number][] = []
  const options: string[] = []
  let search: readonly string[] = []
  for (const line of readLines(text)) {
    if (/^\s*[#;]/.test(line.text) || isCommand(line.text)) continue
    const [keyword = '', ...rest] = words(line.text.replace(/\s[#;].*$/, ''))
    switch (keyword) {
      case 'nameserver': {
        const address = parseAddress((rest[0] ?? '').replace(/%.*$/, ''))
        if (address === undefined) notes.add('not-understood', 'a nameserver that is no address', line.number, line.text)
        else nameservers.push({ address, source: { file, line: line.number } })
        break
      }
      case 'search':
      case 'domain':
        search = rest.map((name) => name.replace(/\.$/, '').toLowerCase())
        break
      case 'options':
        options.push(...rest)
        break
      case 'sortlist':
        break
      default:
        notes.add('not-understood', 'not a line of resolv.conf', line.number, line.text)
    }
  }
  const ndots = Number(options.map((option) => /^ndots:(\d{1,2})$/.exec(option)?.[1]).find((value) => value !== undefined) ?? 1)
  return { facts: [{ nameservers, search, ndots, options, source: { file, line: 1 } }], notes: notes.list() }
}
