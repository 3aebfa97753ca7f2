import { items, not, type Pattern, pattern } from '../pattern.ts'

const PORTS = String.raw`(?: (?:spts?|dpts?):\S+)*`
const portRules = [
  [/spts?:(!?)(\S+)/, (mark: string, ports: string) => `${not(mark)}--sport ${ports}`],
  [/dpts?:(!?)(\S+)/, (mark: string, ports: string) => `${not(mark)}--dport ${ports}`],
] as const

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const

/** `0x17` as `FIN,SYN,RST,ACK`; names stay as they are. */
function flagNames(text: string): string {
  if (!text.startsWith('0x')) return text
  const bits = Number.parseInt(text, 16)
  return FLAGS.filter((_, i) => bits & (1 << i)).join(',') || 'NONE'
}

const tcpRules = [
  ...portRules,
  [
    /flags:(!?)([^/\s]+)\/(\S+)/,
    (mark: string, mask: string, set: string) => `${not(mark)}--tcp-flags ${flagNames(mask)} ${flagNames(set)}`,
  ],
  [/option=(!?)(\d+)/, (mark: string, option: string) => `${not(mark)}--tcp-option ${option}`],
] as const

/** Types as `iptables -n` prints them: four hexadecimal digits. */
const CHUNKS: Readonly<Record<number, string>> = {
  0: 'DATA',
  1: 'INIT',
  2: 'INIT_ACK',
  3: 'SACK',
  4: 'HEARTBEAT',
  5: 'HEARTBEAT_ACK',
  6: 'ABORT',
  7: 'SHUTDOWN',
  8: 'SHUTDOWN_ACK',
  9: 'ERROR',
  10: 'COOKIE_ECHO',
  11: 'COOKIE_ACK',
  12: 'ECN_ECNE',
  13: 'ECN_CWR',
  14: 'SHUTDOWN_COMPLETE',
  64: 'I_DATA',
  128: 'ASCONF_ACK',
  130: 'RE_CONFIG',
  132: 'PAD',
  192: 'FORWARD_TSN',
  193: 'ASCONF',
  194: 'I_FORWARD_TSN',
}
const chunkNames = (list: string): string =>
  list.replace(/0x([0-9a-f]{4})/gi, (text, hex: string) => CHUNKS[Number.parseInt(hex, 16)] ?? text)
const sctpRules = [
  ...portRules,
  [/(! )?(all|any|only) (\S+)/, (mark: string, mode: string, list: string) => `${not(mark)}--chunk-types ${mode} ${chunkNames(list)}`],
] as const

const DCCP_TYPES = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK']

/** Types 10 to 15 are all INVALID. */
function dccpTypes(list: string): string {
  const names = list.split(',').map((type) => (/^\d+$/.test(type) ? (DCCP_TYPES[Number(type)] ?? 'INVALID') : type))
  return [...new Set(names)].join(',')
}
const dccpRules = [
  ...portRules,
  [/option=(!?)(\d+)/, (mark: string, option: string) => `${not(mark)}--dccp-option ${option}`],
  [/(! )?([\dA-Z][\dA-Z,]*)/, (mark: string, types: string) => `${not(mark)}--dccp-types ${dccpTypes(types)}`],
] as const

const icmp = (option: string) => (mark: string, type: string, code: string) =>
  type === '255' ? `${not(mark)}--${option} any` : `${not(mark)}--${option} ${type}${code && `/${code}`}`

const spi = (module: string, option: string) => (text: string) =>
  items(text, [
    [/spis?:(!?)(\S+)/, (mark, value) => `${not(mark)}--${option} ${value}`],
    [/length:(!?)(\S+)/, (mark, value) => `${not(mark)}--${module}len ${value}`],
    [/reserved/, () => (module === 'ah' ? '--ahres' : '--compres')],
  ])

export const transportPatterns: readonly Pattern[] = [
  pattern('tcp', /tcp((?: (?:(?:spts?|dpts?|flags):|option=)\S+)*)/, (text) => items(text, tcpRules)),
  pattern('udp', new RegExp(`udp(${PORTS})`), (text) => items(text, portRules)),
  pattern('sctp', new RegExp(`sctp(${PORTS}(?: (?:! )?(?:all|any|only) \\S+)?)`), (text) => items(text, sctpRules)),
  pattern('dccp', new RegExp(`dccp(${PORTS}(?: (?:! )?(?:\\d[\\d,]*|[A-Z][A-Z,]+))?(?: option=\\S+)?)`), (text) => items(text, dccpRules)),
  pattern('multiport', /multiport (sports|dports|ports) (! ?)?(\S+)/, (which, mark, ports) => `${not(mark)}--${which} ${ports}`),
  pattern('icmp', /icmp ?(! ?)?type (\d+)(?: code (\d+))?/, icmp('icmp-type')),
  pattern('icmp', /icmp (! ?)?([a-z]+(?:-[a-z0-9]+)*)()/i, icmp('icmp-type')),
  pattern('icmp6', /ipv6-icmp ?(! ?)?type (\d+)(?: code (\d+))?/, icmp('icmpv6-type')),
  pattern('icmp6', /ipv6-icmp (! ?)?([a-z]+(?:-[a-z0-9]+)*)()/i, icmp('icmpv6-type')),
  pattern('tcpmss', /tcpmss match (! ?)?(\S+)/, (mark, size) => `${not(mark)}--mss ${size}`),
  pattern('ecn', /ECN match((?: !?(?:ECE|CWR|ECT=\d))+)/, (text) =>
    items(text, [
      [/(!?)ECE/, (mark) => `${not(mark)}--ecn-tcp-ece`],
      [/(!?)CWR/, (mark) => `${not(mark)}--ecn-tcp-cwr`],
      [/(!?)ECT=(\d)/, (mark, codepoint) => `${not(mark)}--ecn-ip-ect ${codepoint}`],
    ]),
  ),
  pattern('esp', /esp((?: spis?:\S+)*)/, spi('esp', 'espspi')),
  pattern('ah', /ah((?: (?:spis?:\S+|length:\S+|reserved))*)/, spi('ah', 'ahspi')),
  pattern('ipcomp', /comp((?: (?:spis?:\S+|reserved))*)/, spi('ipcomp', 'ipcompspi')),
]
