import type { JsonObject } from '../json.ts'
import { flag, number, text } from '../json-fields.ts'
import { L3MDEV_TABLE, type RuleWords } from './rule-words.ts'

const KNOWN: ReadonlySet<string> = new Set(
  `priority not src srclen dst dstlen tos fwmark fwmask iif iif_detached oif oif_detached l3mdev uid_start uid_end ipproto sport sport_start sport_end
   dport dport_start dport_end table suppress_prefixlen suppress_ifgroup flow_from flow_to goto unresolved nop action protocol`.split(
    /\s+/,
  ),
)

/** An object of `ip -j rule`. */
export function ruleOfJson(from: JsonObject, line: number): RuleWords {
  const l3mdev = flag(from, 'l3mdev')
  const mask = text(from, 'fwmask')
  const mark = text(from, 'fwmark')
  const rule = {
    line,
    priority: number(from, 'priority'),
    inverted: flag(from, 'not'),
    from: prefix(from, 'src', 'srclen'),
    to: prefix(from, 'dst', 'dstlen'),
    iif: text(from, 'iif'),
    oif: text(from, 'oif'),
    mark: mark !== undefined && mask !== undefined ? `${mark}/${mask}` : mark,
    tos: text(from, 'tos'),
    protocol: text(from, 'ipproto'),
    sport: range(from, 'sport'),
    dport: range(from, 'dport'),
    uids: range(from, 'uid'),
    l3mdev,
    table: text(from, 'table') ?? (l3mdev ? L3MDEV_TABLE : undefined),
    suppressPrefixLength: text(from, 'suppress_prefixlen'),
    suppressGroup: text(from, 'suppress_ifgroup'),
    goto: text(from, 'goto'),
    action: flag(from, 'nop') ? 'nop' : text(from, 'action'),
    unknown: Object.keys(from)
      .filter((key) => !KNOWN.has(key))
      .map((key) => (from[key] === null ? key : `${key} ${text(from, key) ?? JSON.stringify(from[key])}`)),
  }
  return { ...rule, text: ruleText(rule) }
}

function prefix(from: JsonObject, address: string, length: string): string | undefined {
  const shown = text(from, address)
  const bits = number(from, length)
  return shown === undefined || bits === undefined ? shown : `${shown}/${bits}`
}

function range(from: JsonObject, name: string): string | undefined {
  const first = text(from, `${name}_start`)
  return first === undefined ? text(from, name) : `${first}-${text(from, `${name}_end`) ?? first}`
}

/** The line as `ip rule` prints it (print_rule). */
export function ruleText(rule: Omit<RuleWords, 'text'>): string {
  const pair = (key: string, value: string | undefined) => (value === undefined ? [] : [key, value])
  return [
    `${rule.priority ?? '?'}:`,
    ...(rule.inverted ? ['not'] : []),
    'from',
    rule.from ?? 'all',
    ...pair('to', rule.to),
    ...pair('tos', rule.tos),
    ...pair('fwmark', rule.mark),
    ...pair('iif', rule.iif),
    ...pair('oif', rule.oif),
    ...pair('uidrange', rule.uids),
    ...pair('ipproto', rule.protocol),
    ...pair('sport', rule.sport),
    ...pair('dport', rule.dport),
    ...pair('lookup', rule.table),
    ...pair('suppress_prefixlength', rule.suppressPrefixLength),
    ...pair('suppress_ifgroup', rule.suppressGroup),
    ...pair('goto', rule.goto),
    ...pair(rule.action ?? '', rule.action).slice(1),
  ].join(' ')
}
