import { quote, quoteAlways } from '../tokens.ts'
import { items, type Pattern, pattern } from './pattern.ts'

const MARK_VERBS = '(set|xset|and|or|xor) (0x\\w+(?:\\/0x\\w+)?)'
const markOption = (verb: string): string => (verb === 'xset' ? 'set-xmark' : `${verb}-mark`)
const flags = (text: string): string => text.replace(/ ([a-z]\S*)/g, ' --$1').trimStart()
const SHIFT = '( (?:left|right)-shift-mark \\d+)?'
const NAT_FLAGS = '((?: (?:random|random-fully|persistent))*)'
const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

const LOG_LEVEL = '(?: flags (\\d+))? level (\\S+)((?: (?:tcp-sequence|tcp-options|ip-options|uid|macdecode))*)'
/** NF_LOG_ bits; 16 is NFLOG's own. */
const LOG_BITS = { 'tcp-sequence': 1, 'tcp-options': 2, 'ip-options': 4, uid: 8, macdecode: 32 }

/** The prefix is printed as it is, so it ends at the last quote; before 1.4.11 it stood in `...'. */
function log(bits: string, level: string, names: string, prefix: string): string {
  const given = Object.entries(LOG_BITS).map(([name, bit]) => (Number(bits) & bit ? ` --log-${name}` : ''))
  return join(
    prefix && `--log-prefix ${quote(prefix)}`,
    `--log-level ${level}`,
    given.join('').trim(),
    names.trim().replace(/\S+/g, '--log-$&'),
  )
}

const nflog = (prefix: string, rest: string): string => join(prefix && `--nflog-prefix ${quote(prefix)}`, flags(rest))
const direction = (text: string): string => ({ 'set to': 'set', 'increment by': 'inc', 'decrement by': 'dec' })[text] ?? 'set'

const hmark = (modulus: string, offset: string, rest: string): string =>
  join(
    `--hmark-mod ${modulus}`,
    offset && `--hmark-offset ${offset}`,
    items(rest, [
      [/ct,/, () => '--hmark-tuple ct'],
      [/(src|dst)-prefix (\d+)/, (side, length) => `--hmark-${side}-prefix ${length}`],
      [/(src|dst)-prefix/, (side) => `--hmark-${side}-prefix 128`],
      [/([a-z-]+) (0x\w+)/, (name, value) => `--hmark-${name} ${value}`],
    ]),
  )

const CONNMARK: readonly Pattern[] = [
  pattern('CONNMARK', new RegExp(`CONNMARK ${MARK_VERBS}${SHIFT}`), (verb, value, shift) =>
    join(`--${markOption(verb)} ${value}`, flags(shift)),
  ),
  pattern(
    'CONNMARK',
    new RegExp(`CONNMARK (save|restore)(?: mask (0x\\w+)| (nf|ct)mask (0x\\w+) (?:nf|ct)mask ~(0x\\w+))?${SHIFT}`),
    (verb, mask, first, one, other, shift) =>
      join(
        `--${verb}-mark`,
        mask && `--mask ${mask}`,
        one && (first === 'nf' ? `--nfmask ${one} --ctmask ${other}` : `--nfmask ${other} --ctmask ${one}`),
        flags(shift),
      ),
  ),
]

const CT: readonly Pattern[] = [
  pattern('NOTRACK', /NOTRACK/),
  pattern('CT', /CT((?: (?:notrack|(?:helper|timeout|ctevents|expevents|zone|zone-orig|zone-reply) \S+))*) ?/, (rest) =>
    flags(rest.replace(/(helper|timeout|ctevents|expevents|zone|zone-orig|zone-reply) (\S+)/g, '$1=$2')).replaceAll('=', ' '),
  ),
]

const LOG: readonly Pattern[] = [
  pattern('LOG', new RegExp(`LOG${LOG_LEVEL} prefix ["\`](.*)["']`), log),
  pattern('LOG', new RegExp(`LOG${LOG_LEVEL}()`), log),
]

const NFLOG_REST = '((?: nflog-(?:group|range|size|threshold) \\d+)*)'
const ECN: readonly Pattern[] = [
  pattern('ECN', /ECN TCP remove/, () => '--ecn-tcp-remove'),
  pattern('ECN', /ECN((?: (?:ECE=\d|CWR=\d|ECT codepoint=\d))+)/, (text) =>
    items(text, [
      [/ECE=(\d)/, (value) => `--ecn-tcp-ece ${value}`],
      [/CWR=(\d)/, (value) => `--ecn-tcp-cwr ${value}`],
      [/ECT codepoint=(\d)/, (value) => `--ecn-ip-ect ${value}`],
    ]),
  ),
]

const all: readonly (readonly Pattern[])[] = [
  [pattern('MARK', new RegExp(`MARK ${MARK_VERBS}`), (verb, value) => `--${markOption(verb)} ${value}`)],
  CONNMARK,
  CT,
  [pattern('NOTRACK', /NOTRACK/)],
  [pattern('DNAT', new RegExp(`to:(\\S+)${NAT_FLAGS}`), (to, more) => join(`--to-destination ${to}`, flags(more)))],
  [pattern('SNAT', new RegExp(`to:(\\S+)${NAT_FLAGS}`), (to, more) => join(`--to-source ${to}`, flags(more)))],
  [pattern('SAME', /(?:same:|to:)(\S+)/, (to) => `--to ${to}`)],
  [pattern('BALANCE', /(?:balance |to:)(\S+)/, (to) => `--to-destination ${to}`)],
  [pattern('NETMAP', /(?:to:)?([\da-f][\da-f.:]*(?:\/\S+)?)/, (to) => `--to ${to}`)],
  [
    pattern('MASQUERADE', new RegExp(`masq ports: (\\S+)${NAT_FLAGS}`), (ports, more) => join(`--to-ports ${ports}`, flags(more))),
    pattern('MASQUERADE', /((?:random-fully|random)(?: random-fully)?)/, (more) => flags(` ${more}`)),
  ],
  [
    pattern('REDIRECT', /redir ports (\S+)( random)?/, (ports, more) => join(`--to-ports ${ports}`, flags(more))),
    pattern('REDIRECT', /random/, () => '--random'),
  ],
  [pattern('REJECT', /reject-with (\S+)/, (kind) => `--reject-with ${kind}`)],
  LOG,
  [
    pattern('NFLOG', new RegExp(`nflog-prefix +"(.*)"${NFLOG_REST}`), nflog),
    pattern('NFLOG', new RegExp(`nflog-prefix +(\\S+)${NFLOG_REST}`), nflog),
    pattern('NFLOG', /(nflog-(?:group|range|size|threshold) \d+(?: nflog-\S+ \d+)*)/, (rest) =>
      flags(` ${rest}`.replace(/ (\d+)/g, '=$1')).replaceAll('=', ' '),
    ),
  ],
  [
    pattern(
      'ULOG',
      /ULOG copy_range (\d+) nlgroup (\d+)(?: prefix ["`](.*)["'])?(?: queue_threshold (\d+))?/,
      (range, group, prefix, threshold) =>
        join(
          prefix && `--ulog-prefix ${quote(prefix)}`,
          `--ulog-nlgroup ${group} --ulog-cprange ${range}`,
          threshold && `--ulog-qthreshold ${threshold}`,
        ),
    ),
  ],
  [
    pattern('NFQUEUE', /NFQUEUE (num|balance) (\S+)((?: (?:bypass|cpu-fanout))*)/, (how, queue, more) =>
      join(`--queue-${how} ${queue}`, more.trim().replace(/\S+/g, '--queue-$&')),
    ),
  ],
  [
    pattern('TCPMSS', /TCPMSS set (\d+)/, (size) => `--set-mss ${size}`),
    pattern('TCPMSS', /TCPMSS clamp to PMTU/, () => '--clamp-mss-to-pmtu'),
  ],
  [pattern('TCPOPTSTRIP', /TCPOPTSTRIP(?: options (\S+))?/, (list) => list && `--strip-options ${list}`)],
  [pattern('TEE', /TEE gw:(\S+?)(?: oif=(\S+))?/, (gateway, oif) => join(`--gateway ${gateway}`, oif && `--oif ${oif}`))],
  [pattern('TOS', /TOS (set|and|or|xor) ?([\w/-]+)/, (verb, value) => `--${verb}-tos ${value}`)],
  [
    pattern(
      'TPROXY',
      /TPROXY redirect (\S+):(\d+) mark (\S+)/,
      (address, port, mark) => `--on-port ${port} --on-ip ${address} --tproxy-mark ${mark}`,
    ),
  ],
  [pattern('TTL', /TTL (set to|increment by|decrement by) (\d+)/, (how, value) => `--ttl-${direction(how)} ${value}`)],
  [pattern('HL', /HL (set to|increment by|decrement by) (\d+)/, (how, value) => `--hl-${direction(how)} ${value}`)],
  [pattern('DSCP', /DSCP set (\S+)/, (value) => `--set-dscp ${value}`)],
  [pattern('CLASSIFY', /CLASSIFY set (\S+)/, (value) => `--set-class ${value}`)],
  [pattern('CHECKSUM', /CHECKSUM fill/, () => '--checksum-fill')],
  [pattern('AUDIT', /AUDIT (\S+)/, (type) => `--type ${type}`)],
  ECN,
  [pattern('SECMARK', /SECMARK selctx (\S+)/, (context) => `--selctx ${context}`)],
  [pattern('CONNSECMARK', /CONNSECMARK (save|restore)/, (mode) => `--${mode}`)],
  [
    pattern('IDLETIMER', /timeout:(\d+) label:(\S+)( alarm)?/, (timeout, label, alarm) =>
      join(`--timeout ${timeout} --label ${label}`, flags(alarm)),
    ),
  ],
  [
    pattern('LED', /led-trigger-id:"(.*)"(?: led-delay:(inf|\d+)(?:ms)?)?( led-always-blink)?/, (id, delay, blink) =>
      join(`--led-trigger-id ${quoteAlways(id)}`, delay && delay !== '0' ? `--led-delay ${delay}` : '', flags(blink)),
    ),
  ],
  [
    pattern(
      'RATEEST',
      /name (\S+) interval (\S+) ewmalog (\S+)/,
      (name, interval, average) => `--rateest-name ${name} --rateest-interval ${interval} --rateest-ewmalog ${average}`,
    ),
  ],
  [
    pattern(
      'SET',
      /((?:(?:add|del|map)-set \S+ \S+|exist|timeout \d+|map-mark|map-prio|map-queue)(?: (?:(?:add|del|map)-set \S+ \S+|exist|timeout \d+|map-mark|map-prio|map-queue))*)/,
      (text) => text.replace(/(^| )(add-set|del-set|map-set|exist|timeout|map-mark|map-prio|map-queue)(?= |$)/g, '$1--$2'),
    ),
  ],
  [
    pattern('SYNPROXY', /SYNPROXY((?: (?:sack-perm|timestamp|ecn|(?:wscale|mss) \d+))*) ?/, (text) =>
      flags(text.replace(/ (\d+)/g, '=$1')).replaceAll('=', ' '),
    ),
  ],
  [pattern('SNPT', /SNPT src-pfx (\S+) dst-pfx (\S+)/, (from, to) => `--src-pfx ${from} --dst-pfx ${to}`)],
  [pattern('DNPT', /DNPT src-pfx (\S+) dst-pfx (\S+)/, (from, to) => `--src-pfx ${from} --dst-pfx ${to}`)],
  [
    pattern(
      'HMARK',
      /HMARK mod (\d+)(?: (?:\+|offset) (\w+))?((?: (?:ct,|(?:src|dst)-prefix(?: \d+)?|(?:[sd]port|spi|proto)(?:-mask)? \w+|rnd \w+))*)/,
      hmark,
    ),
  ],
  [
    pattern(
      'CLUSTERIP',
      /CLUSTERIP hashmode=(\S+) clustermac=(\S+) total_nodes=(\d+) local_node=(\d+) hash_init=(\d+)/,
      (mode, mac, total, local, init) =>
        `--new --hashmode ${mode} --clustermac ${mac} --total-nodes ${total} --local-node ${local} --hash-init ${init}`,
    ),
    pattern('CLUSTERIP', /CLUSTERIP/),
  ],
]

/** What each target prints, by the name in the list's `target` column. */
export const targetPatterns: ReadonlyMap<string, readonly Pattern[]> = new Map(
  all.map((patterns) => [patterns.at(-1)?.module ?? '', patterns] as const),
)

/** Targets of which an empty text tells nothing: iptables always prints what they do. */
export const alwaysPrints: ReadonlySet<string> = new Set(
  [...targetPatterns.keys()].filter(
    (name) => !['MASQUERADE', 'REDIRECT', 'NFLOG', 'NOTRACK', 'CT', 'SYNPROXY', 'TCPOPTSTRIP', 'CLUSTERIP'].includes(name),
  ),
)
