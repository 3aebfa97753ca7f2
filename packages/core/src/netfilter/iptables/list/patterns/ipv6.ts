import { items, not, type Pattern, pattern } from '../pattern.ts'

const HEADERS = ['hop-by-hop', 'ipv6-opts', 'ipv6-route', 'ipv6-frag', 'ah', 'esp', 'ipv6-nonxt', 'protocol']

/** `0xC4`: one bit for each header, hop-by-hop the highest. */
function headerNames(flags: string): string {
  if (!flags.startsWith('0x')) return flags
  const bits = Number.parseInt(flags, 16)
  return HEADERS.filter((_, i) => bits & (0x80 >> i)).join(',')
}

const frag = (text: string): string =>
  items(text, [
    [/ids?:(!?)(\S+)/, (mark, ids) => `${not(mark)}--fragid ${ids}`],
    [/length:(!?)(\S+)/, (mark, length) => `${not(mark)}--fraglen ${length}`],
    [/reserved/, () => '--fragres'],
    [/(first|more|last)/, (which) => `--frag${which}`],
  ])

const options = (prefix: 'dst' | 'hbh') => (text: string) =>
  items(text, [
    [/length:(!?)(\S+)/, (mark, length) => `${not(mark)}--${prefix}-len ${length}`],
    [/opts (\S+)/, (list) => `--${prefix}-opts ${list}`],
    [/not-strict/, () => `--${prefix}-not-strict`],
  ])

const routing = (text: string): string =>
  items(text, [
    [/type:(!?)(\S+)/, (mark, type) => `${not(mark)}--rt-type ${type}`],
    [/segslefts?:(!?)(\S+)/, (mark, left) => `${not(mark)}--rt-segsleft ${left}`],
    [/length:(!?)(\S+)/, (mark, length) => `${not(mark)}--rt-len ${length}`],
    [/reserved/, () => '--rt-0-res'],
    [/0-addrs (\S+)/, (list) => `--rt-0-addrs ${list}`],
    [/0-not-strict/, () => '--rt-0-not-strict'],
  ])

const segments = (text: string): string =>
  items(text, [
    [/([a-z-]+):(!?)(\d+)/, (name, mark, value) => `${not(mark)}--srh-${name} ${value}`],
    [/(psid|nsid|lsid) (! )?(\S+)/, (name, mark, prefix) => `${not(mark)}--srh-${name} ${prefix}`],
  ])

/** Extension headers of IPv6. */
export const ipv6Patterns: readonly Pattern[] = [
  pattern('frag', /frag((?: (?:ids?:\S+|length:\S+|reserved|first|more|last))*)/, frag),
  pattern('dst', /dst((?: (?:length:\S+|opts \S+|not-strict))*)/, options('dst')),
  pattern('hbh', /hbh((?: (?:length:\S+|opts \S+|not-strict))*)/, options('hbh')),
  pattern('rt', /rt((?: (?:type:\S+|segslefts?:\S+|length:\S+|reserved|0-addrs \S+|0-not-strict))*)/, routing),
  pattern('srh', /srh((?: (?:[a-z-]+:!?\d+|(?:psid|nsid|lsid) (?:! )?\S+))*)/, segments),
  pattern('mh', /mh(?: (!?)([\d:]+|[a-z\d][a-z\d:-]+))?/, (mark, type) => type && `${not(mark)}--mh-type ${type}`),
  pattern(
    'ipv6header',
    /ipv6header flags:(!?)(\S+)( soft)?/,
    (mark, flags, soft) => `${not(mark)}--header ${headerNames(flags)}${soft && ' --soft'}`,
  ),
  pattern('eui64', /eui64/),
]
