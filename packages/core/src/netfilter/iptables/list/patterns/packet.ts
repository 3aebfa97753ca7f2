import { protocolName } from '../../../../net/protocol.ts'
import { quoteAlways } from '../../tokens.ts'
import { items, not, type Pattern, pattern } from '../pattern.ts'

const addrtype = (text: string): string =>
  items(text, [
    [/(src|dst)-type (!?)(\S+)/, (side, mark, types) => `${not(mark)}--${side}-type ${types}`],
    [/limit-(in|out)/, (side) => `--limit-iface-${side}`],
  ])

const POLICY_ITEMS = String.raw`\[\d+\]|(?:! )?(?:reqid|spi|proto|mode|tunnel-dst|tunnel-src) \S+`
const policy = (direction: string, kind: string, strict: string, elements: string): string =>
  [
    `--dir ${direction} --pol ${kind}${strict && ' --strict'}`,
    items(elements, [
      [/\[0\]/, () => ''],
      [/\[\d+\]/, () => '--next'],
      [/(! )?proto (\S+)/, (mark, name) => `${not(mark)}--proto ${/^\d+$/.test(name) ? protocolName(Number(name)) : name}`],
      [/(! )?(\S+) (\S+)/, (mark, name, value) => `${not(mark)}--${name} ${value}`],
    ]),
  ].join(' ')

const SET_ITEMS = String.raw`return-nomatch|(?:! )?update-(?:sub)?counters|(?:! )?(?:packets|bytes)-(?:eq|lt|gt) \d+`
const set = (mark: string, name: string, directions: string, rest: string): string =>
  `${not(mark)}--match-set ${name} ${directions} ${items(rest, [[/(! )?([a-z-]+)( \d+)?/, (no, option, value) => `${not(no)}--${option}${value}`]])}`.trimEnd()

function string(mark: string, text: string, algorithm: string, from: string, to: string, icase: string): string {
  const hex = /\|[0-9a-f ]+\|/i.test(text)
  const range = `${from && ` --from ${from}`}${to && ` --to ${to}`}`
  return `${not(mark)}--${hex ? 'hex-string' : 'string'} ${quoteAlways(text)} --algo ${algorithm}${range}${icase && ' --icase'}`
}

const TTL_SIGNS: Readonly<Record<string, string>> = { '==': 'eq', '!=': 'eq', '<': 'lt', '>': 'gt' }
const ttl = (prefix: string) => (sign: string, value: string) => `${not(sign === '!=' ? sign : '')}--${prefix}-${TTL_SIGNS[sign]} ${value}`

/** `48 0 0 9,21 0 1 6`: instructions, which iptables-save counts first. */
const bytecode = (program: string): string => `--bytecode ${quoteAlways(`${program.split(',').length},${program.trim()}`)}`

/** Matches that look at the packet's header, its way, its socket or its payload. */
export const packetPatterns: readonly Pattern[] = [
  pattern('addrtype', /ADDRTYPE match((?: (?:(?:src|dst)-type \S+|limit-in|limit-out))*)/, addrtype),
  pattern(
    'iprange',
    /(source|destination) IP range (! )?(\S+)/,
    (side, mark, range) => `${not(mark)}--${side === 'source' ? 'src' : 'dst'}-range ${range}`,
  ),
  pattern('mac', /MAC ?(! ?)?((?:[0-9A-F]{2}:){5}[0-9A-F]{2})/i, (mark, address) => `${not(mark)}--mac-source ${address}`),
  pattern('pkttype', /PKTTYPE (!?)= (\S+)/, (mark, type) => `${not(mark)}--pkt-type ${type}`),
  pattern('length', /length (! ?)?(\d\S*)/, (mark, range) => `${not(mark)}--length ${range}`),
  pattern('ttl', /TTL match TTL (==|!=|<|>) (\d+)/, ttl('ttl')),
  pattern('hl', /HL match HL (==|!=|<|>) (\d+)/, ttl('hl')),
  pattern('tos', /tos match *(! *)?([\w-]+(?:\/\w+)?)/i, (mark, value) => `${not(mark)}--tos ${value}`),
  pattern('dscp', /DSCP match (! ?)?(\w+)/, (mark, value) => `${not(mark)}--dscp ${value}`),
  pattern('set', new RegExp(`(! )?(?:match-)?set (\\S+) ((?:src|dst)(?:,(?:src|dst))*)((?: (?:${SET_ITEMS}))*)`), set),
  pattern('physdev', /PHYSDEV match((?: (?:! )?--physdev-(?:is-(?:in|out|bridged)|(?:in|out) \S+))*)/, (text) => text.trim()),
  pattern('owner', /(! )?owner (U|G)ID match (\S+)/, (mark, which, id) => `${not(mark)}--${which.toLowerCase()}id-owner ${id}`),
  pattern('owner', /(! )?owner socket exists/, (mark) => `${not(mark)}--socket-exists`),
  pattern('owner', /incl\. suppl\. groups/, () => '--suppl-groups'),
  pattern('rpfilter', /rpfilter((?: (?:loose|validmark|accept-local|invert))*)/, (text) => text.trim().replace(/\S+/g, '--$&')),
  pattern('socket', /socket((?: --(?:transparent|nowildcard|restore-skmark))*)/, (text) => text.trim()),
  pattern('policy', new RegExp(`policy match dir (in|out) pol (none|ipsec)( strict)?((?: (?:${POLICY_ITEMS}))*)`), policy),
  pattern('string', /STRING match (! )?"(.*?)" ALGO name (\w+)(?: FROM (\d+))?(?: TO (\d+))?( ICASE)?/, string),
  pattern('u32', /u32 (! )?"([^"]*)"/, (mark, tests) => `${not(mark)}--u32 ${quoteAlways(tests)}`),
  pattern('devgroup', /(! )?(src|dst)-group (\S+)/, (mark, side, group) => `${not(mark)}--${side}-group ${group}`),
  pattern('cpu', /cpu (! )?(\d+)/, (mark, cpu) => `${not(mark)}--cpu ${cpu}`),
  pattern(
    'cgroup',
    /cgroup (! )?(\S+)/,
    (mark, group) => `${not(mark)}${/^\d+$/.test(group) ? `--cgroup ${group}` : `--path ${quoteAlways(group)}`}`,
  ),
  pattern('realm', /(! )?realm (\S+)/, (mark, realm) => `${not(mark)}--realm ${realm}`),
  pattern('osf', /OS fingerprint match (! )?(\S+)/, (mark, genre) => `${not(mark)}--genre ${genre}`, true),
  pattern('bpf', /match bpf (\d+ \d+ \d+ \d+(?:,\d+ \d+ \d+ \d+)*)/, bytecode),
  pattern('bpf', /match bpf pinned (\S+)/, (path) => `--object-pinned ${path}`),
  pattern(
    'cluster',
    /cluster (!)?node_mask=(\S+) total_nodes=(\d+) hash_seed=(\S+)/,
    (mark, mask, total, seed) => `${not(mark)}--cluster-local-nodemask ${mask} --cluster-total-nodes ${total} --cluster-hash-seed ${seed}`,
  ),
  pattern('nfacct', /nfacct-name +(\S+)/, (name) => `--nfacct-name ${name}`),
  pattern('ipvs', /(! )?(vproto|vaddr|vport|vdir|vmethod|vportctl) (\S+)/, (mark, field, value) => `${not(mark)}--${field} ${value}`),
  pattern('ipvs', /(! )?ipvs/, (mark) => `${not(mark)}--ipvs`),
]
