import { numberOf } from './fields.ts'
import { L3MDEV_TABLE, type RuleWords } from './rule-words.ts'

/** Keys with one value; by what RuleWords calls them. */
const KEYS = {
  from: 'from',
  to: 'to',
  iif: 'iif',
  dev: 'iif',
  oif: 'oif',
  fwmark: 'mark',
  tos: 'tos',
  dsfield: 'tos',
  ipproto: 'protocol',
  sport: 'sport',
  dport: 'dport',
  uidrange: 'uids',
  lookup: 'table',
  table: 'table',
  suppress_prefixlength: 'suppressPrefixLength',
  suppress_prefixlen: 'suppressPrefixLength',
  suppress_ifgroup: 'suppressGroup',
  goto: 'goto',
} as const

/** What changes nothing of where the rule leads, with one value or none. */
const IGNORED: Readonly<Record<string, number>> = { proto: 2, protocol: 2, realms: 2, flow: 2, '[detached]': 1, '[unresolved]': 1 }

/** Selectors that culprit does not model, and what nat rules of old named. */
const VALUED = /^(?:tun_id|map-to|flowlabel|dscp|\w+_id|\w+mask)$/

/** `32765: not from 10.0.0.0/8 fwmark 0x1/0xff lookup 100 suppress_prefixlength 0`, as words. */
export function ruleOfWords(list: readonly string[], line: number): RuleWords {
  const values = new Map<string, string>()
  const unknown: string[] = []
  let inverted = false
  let l3mdev = false
  let action: string | undefined
  for (let i = 1; i < list.length; i++) {
    const word = list[i] as string
    if (Object.hasOwn(KEYS, word)) values.set(KEYS[word as keyof typeof KEYS], list[++i] ?? '')
    else if (word === 'not') inverted = true
    else if (word === 'l3mdev') l3mdev = true
    else if (/^(?:nop|blackhole|unreachable|prohibit)$/.test(word)) action = word
    else if (Object.hasOwn(IGNORED, word)) i += (IGNORED[word] as number) - 1
    else if (VALUED.test(word) && list[i + 1] !== undefined) unknown.push(`${word} ${list[++i]}`)
    else unknown.push(word)
  }
  if (values.get('table') === L3MDEV_TABLE) l3mdev = true
  return {
    line,
    text: list.join(' '),
    priority: numberOf((list[0] ?? '').replace(/:$/, '')),
    inverted,
    l3mdev,
    from: values.get('from'),
    to: values.get('to'),
    iif: values.get('iif'),
    oif: values.get('oif'),
    mark: values.get('mark'),
    tos: values.get('tos'),
    protocol: values.get('protocol'),
    sport: values.get('sport'),
    dport: values.get('dport'),
    uids: values.get('uids'),
    table: values.get('table') ?? (l3mdev ? L3MDEV_TABLE : undefined),
    suppressPrefixLength: values.get('suppressPrefixLength'),
    suppressGroup: values.get('suppressGroup'),
    goto: values.get('goto'),
    action,
    unknown,
  }
}
