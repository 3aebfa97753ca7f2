import type { Ipset, IpsetEntry } from '../../netfilter/ipset/ast.ts'
import type { NftSet, NftTable } from '../../netfilter/nft/ast.ts'
import { printExpression } from '../../netfilter/nft/expressions/dispatch.ts'
import { withoutCounts } from './canonical.ts'
import type { Item } from './items.ts'

/** Options of a set that its program chooses by itself. */
const OWN_CHOICE = new Set(['hashsize', 'initval', 'bucketsize', 'references'])

/** Sets and their entries, without counters and time left. */
export const ipsetItems = (sets: readonly Ipset[]): readonly Item[] => sets.flatMap(itemsOfIpset)

function itemsOfIpset({ name, type, options, entries, text, source }: Ipset): readonly Item[] {
  const kept = options.filter(([option]) => !OWN_CHOICE.has(option ?? '')).map((words) => words.join(' '))
  const set: Item = {
    kind: 'set',
    key: name,
    object: `ipset ${name}`,
    side: { text, source },
    fields: { type, options: kept.sort().join(' ') },
  }
  return [set, ...entries.map((entry) => itemOfEntry(name, entry, source.file))]
}

function itemOfEntry(set: string, { element, nomatch, comment, skbmark, skbprio, skbqueue, line }: IpsetEntry, file: string): Item {
  const more = [nomatch ? 'nomatch' : '', skbmark ?? '', skbprio ?? '', skbqueue ?? '', comment ?? ''].filter((word) => word !== '')
  return {
    kind: 'set-entry',
    key: `${set} ${element}`,
    object: `ipset ${set}`,
    side: { text: `${element}${nomatch ? ' nomatch' : ''}`, source: { file, line } },
    fields: { options: more.join(' ') },
  }
}

/** Sets, maps, flowtables and named objects of native tables. What rules put into a set by themselves (dynamic) is no part of it. */
export const nftItems = (table: NftTable, file: string): readonly Item[] => {
  const place = `${table.family} ${table.name}`
  const at = (line: number) => ({ file, line })
  return [
    {
      kind: 'table',
      key: place,
      object: `table ${place}`,
      side: { text: `table ${place}`, source: at(table.line) },
      fields: { flags: table.flags.join(',') },
    },
    ...table.sets.flatMap((set) => itemsOfNftSet(set, place, file)),
    ...table.flowtables.map(
      (one): Item => ({
        kind: 'set',
        key: `flowtable ${place} ${one.name}`,
        object: `flowtable ${one.name} of table ${place}`,
        side: { text: `flowtable ${one.name}`, source: at(one.line) },
        fields: { hook: one.hook, priority: `${one.priority}`, devices: [...one.devices].sort().join(','), flags: one.flags.join(',') },
      }),
    ),
    ...table.objects.map(
      (one): Item => ({
        kind: 'set',
        key: `${one.type} ${place} ${one.name}`,
        object: `${one.type} ${one.name} of table ${place}`,
        side: { text: `${one.type} ${one.name}`, source: at(one.line) },
        fields: { body: one.type === 'counter' ? '' : withoutCounts(one.body.join(' ')) },
      }),
    ),
  ]
}

function itemsOfNftSet(set: NftSet, place: string, file: string): readonly Item[] {
  const object = `${set.kind} ${set.name} of table ${place}`
  const source = { file, line: set.line }
  const type = set.type.kind === 'type' ? set.type.names.join(' . ') : printExpression(set.type.expression)
  const flags = set.flags.filter((flag) => flag !== 'constant').join(',')
  const self: Item = { kind: 'set', key: `${place} ${set.name}`, object, side: { text: object, source }, fields: { type, flags } }
  if (set.flags.includes('dynamic') || !set.complete) return [self]
  return [
    self,
    ...set.elements.map((element): Item => {
      const key = printExpression(element.key)
      const data = element.data && printExpression(element.data)
      return {
        kind: 'set-entry',
        key: `${place} ${set.name} ${key}`,
        object,
        side: { text: data === undefined ? key : `${key} : ${data}`, source },
        fields: { data: data ?? '', comment: element.comment ?? '' },
      }
    }),
  ]
}
