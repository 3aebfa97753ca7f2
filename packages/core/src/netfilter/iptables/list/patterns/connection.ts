import { quoteAlways } from '../../tokens.ts'
import { items, not, type Pattern, pattern } from '../pattern.ts'

const CT_FIELDS =
  'ctstate|ctproto|ctorigsrcport|ctorigdstport|ctreplsrcport|ctrepldstport|ctorigsrc|ctorigdst|ctreplsrc|ctrepldst|ctstatus|ctexpire|ctdir'

const RECENT: Readonly<Record<string, string>> = { SET: 'set', CHECK: 'rcheck', UPDATE: 'update', REMOVE: 'remove' }
const RECENT_ITEMS = '(?:seconds:|hit_count:|name:|side:|mask:) \\S+|TTL-Match|reap'
const recentItems = (text: string): string =>
  items(text, [
    [/seconds: (\d+)/, (seconds) => `--seconds ${seconds}`],
    [/hit_count: (\d+)/, (count) => `--hitcount ${count}`],
    [/TTL-Match/, () => '--rttl'],
    [/reap/, () => '--reap'],
    [/name: (\S+)/, (name) => `--name ${name}`],
    [/side: (source|dest)/, (side) => `--r${side}`],
    [/mask: (\S+)/, (mask) => `--mask ${mask}`],
  ])

/** The list shows no name; only a rule's counts are kept under it, so none is made up that could be another rule's. */
const HASHLIMIT_NAME = '--hashlimit-name not-shown'
const HASHLIMIT_ITEMS = '(?:htable-size|htable-max|htable-gcinterval|htable-expire|srcmask|dstmask|rate-interval) \\d+|rate-match'

function hashlimit(mode: string, rate: string, burst: string, keys: string, rest: string): string {
  const limit = { 'up to': '--hashlimit-upto', above: '--hashlimit-above', avg: '--hashlimit' }[mode] ?? '--hashlimit'
  const parts = [
    `${limit} ${rate}`,
    burst && `--hashlimit-burst ${burst}`,
    keys && `--hashlimit-mode ${keys.replaceAll('-', ',')}`,
    HASHLIMIT_NAME,
  ]
  const more = rest.trim().replace(/([a-z]+(?:-[a-z]+)*)/g, '--hashlimit-$1')
  return [...parts, more].filter((part) => part !== '').join(' ')
}

const TIME =
  /TIME(?: from (\S+) to (\S+))?(?: on ((?:[A-Z][a-z]{2},?)+))?(?: on ([\da-z,]+))?(?: starting from (\S+) (\S+))?(?: until date (\S+) (\S+))?( UTC)?( contiguous)?/

/** An end that the list leaves out is the last second that 31 bits hold, which iptables-save prints. */
function time(...[from, to, weekdays, days, startDate, startTime, stopDate, stopTime, utc, contiguous]: string[]): string {
  return [
    from && `--timestart ${from} --timestop ${to}`,
    days && `--monthdays ${days.replace(/[a-z]/g, '')}`,
    weekdays && `--weekdays ${weekdays}`,
    startDate && `--datestart ${startDate}T${startTime}`,
    `--datestop ${stopDate ? `${stopDate}T${stopTime}` : '2038-01-19T03:14:07'}`,
    !utc && '--kerneltz',
    contiguous && '--contiguous',
  ]
    .filter(Boolean)
    .join(' ')
}

const comparison = (sign: string, above: string, upto: string): string => (sign === '>' ? above : upto)

/** Matches that look at the connection, at marks, or at what came before. */
export const connectionPatterns: readonly Pattern[] = [
  pattern('state', /(! )?state (\S+)/, (mark, states) => `${not(mark)}--state ${states}`),
  pattern('conntrack', new RegExp(`(! )?(${CT_FIELDS}) (\\S+)`), (mark, field, value) => `${not(mark)}--${field} ${value}`),
  pattern('connmark', /connmark match +(! ?)?(\S+)/i, (mark, value) => `${not(mark)}--mark ${value}`),
  pattern('mark', /mark match +(! ?)?(0x\S+|\d\S*)/i, (mark, value) => `${not(mark)}--mark ${value}`),
  pattern(
    'connlabel',
    /connlabel (! )?(?:"([^"]*)"|(\S+))( set)?/,
    (mark, quoted, bare, set) => `${not(mark)}--label ${quoteAlways(quoted || bare)}${set && ' --set'}`,
  ),
  pattern(
    'connbytes',
    /(! )?connbytes (\S+) connbytes mode (\S+) connbytes direction (\S+)/,
    (mark, range, mode, direction) => `${not(mark)}--connbytes ${range} --connbytes-mode ${mode} --connbytes-dir ${direction}`,
  ),
  pattern(
    'connlimit',
    /#conn (src|dst)\/(\S+) (<=|>) (\d+)/,
    (side, mask, sign, count) =>
      `--connlimit-${comparison(sign, 'above', 'upto')} ${count} --connlimit-mask ${mask} --connlimit-${side === 'src' ? 's' : 'd'}addr`,
  ),
  pattern(
    'connlimit',
    /#conn\/(\S+) (<=|>) (\d+)/,
    (mask, sign, count) => `--connlimit-${comparison(sign, 'above', 'upto')} ${count} --connlimit-mask ${mask}`,
  ),
  pattern('helper', /helper match (! )?"([^"]*)"/, (mark, name) => `${not(mark)}--helper ${name === '' ? '""' : name}`),
  pattern(
    'recent',
    new RegExp(`(! )?recent: (SET|CHECK|UPDATE|REMOVE)((?: (?:${RECENT_ITEMS}))*)`),
    (mark, mode, rest) => `${not(mark)}--${RECENT[mode]} ${recentItems(rest)}`,
  ),
  pattern(
    'hashlimit',
    new RegExp(`limit: (up to|above) (\\S+)(?: burst (\\S+))?(?: mode (\\S+))?((?: (?:${HASHLIMIT_ITEMS}))*)`),
    hashlimit,
  ),
  pattern('hashlimit', new RegExp(`limit: (avg) (\\S+) burst (\\S+) mode (\\S+)((?: (?:${HASHLIMIT_ITEMS}))*)`), hashlimit),
  pattern('limit', /limit: avg (\S+) burst (\d+)/, (rate, burst) => `--limit ${rate}${burst === '5' ? '' : ` --limit-burst ${burst}`}`),
  // the list hides the negation, too
  pattern('quota', /quota: (\d+) bytes/, (bytes) => `--quota ${bytes}`, true),
  pattern('statistic', /statistic mode random( !)? probability (\S+)/, (mark, share) => `--mode random ${not(mark)}--probability ${share}`),
  pattern(
    'statistic',
    /statistic mode nth( !)? every (\d+)(?: packet (\d+))?/,
    (mark, every, packet) => `--mode nth ${not(mark)}--every ${every}${packet && ` --packet ${packet}`}`,
  ),
  pattern('time', TIME, time),
]
