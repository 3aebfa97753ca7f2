import type { Result } from '../observation.ts'

/** What a program's message says of a connection, in the words of libc's strerror(3), curl, busybox, Go, Node, Python and Java. First match wins. */
const REASONS: readonly (readonly [RegExp, Result])[] = [
  [
    /\b(?:gets?|serves?|served|returns?|shows?|presents?|answer(?:s|ed) (?:by|from))\b.{0,40}\b(?:ingress|traefik|nginx|default backend|wrong|another|other)\b.{0,30}\b(?:certificate|cert|page|404|server|backend|service)|\bwrong (?:server|service|backend|pod|site|page|certificate)\b|certificate is valid for .{1,200}, not /i,
    'wrong-server',
  ],
  [/operation not permitted|\bEPERM\b|connect(?:\(\))?: permission denied|\bEACCES\b/i, 'not-permitted'],
  [
    /could ?n[o']t resolve|could not resolve|can['no]*t resolve|unable to resolve|bad address|name or service not known|name resolution|resolving timed out|unknown host|no such host|not known\b|\bENOTFOUND\b|EAI_AGAIN|nodename nor servname|does not resolve|\bNXDOMAIN\b|no address associated|server can't find|host not found|did not resolve|getaddrinfo|server misbehaving|dns (?:lookup )?fail/i,
    'no-name',
  ],
  [
    /connection refused|\bECONNREFUSED\b|actively refused|errno[ =:]+111\b|\((?:111|61)\)|\b(?:was|is|gets?|got|being|been) refused|^refused|refused the connection/i,
    'refused',
  ],
  [
    /no route to host|\bEHOSTUNREACH\b|host is unreachable|network is unreachable|network unreachable|\bENETUNREACH\b|destination \w+ (?:unreachable|prohibited)|(?:host|net|packet) (?:prohibited|filtered)|errno[ =:]+(?:113|101)\b|\((?:113|101)\)|communication prohibited|dest(?:ination)? unreachable/i,
    'unreachable',
  ],
  [
    /connection (?:was )?(?:reset|closed by peer)|\bECONNRESET\b|reset by peer|errno[ =:]+104\b|socket hang up|broken pipe|connection closed by remote|closed by remote host/i,
    'reset',
  ],
  [
    /bytes received|handshake time ?out|handshake timed? ?out|read(?:ing)?[:( ].{0,60}timed? ?out|response timed out|waiting for (?:response )?headers|awaiting headers|hangs? (?:at|after|during|on) (?:the )?(?:tls|ssl|client hello|handshake)|SSL connection timeout/i,
    'stalls',
  ],
  [
    /time[sd]?[ -]?out|\bETIMEDOUT\b|deadline exceeded|errno[ =:]+110\b|\(110\)|no response|no servers could be reached|\b(?:TIMEOUT)\b|100(?:\.0+)?% (?:packet )?loss|hangs?\b|hanging|hung\b|stuck|no reply|no answer|never (?:returns|responds|answers|comes back)|\bblackholed?\b/i,
    'timeout',
  ],
  [
    /empty reply|SSL_ERROR|ssl (?:routines|error)|tls: |x509|certificate|bad gateway|gateway time-?out|service unavailable|\b50[234]\b|wrong version number|unexpected eof|\bSERVFAIL\b|malformed HTTP|backend fetch failed/i,
    'application-error',
  ],
]

/** What a message says came of a connection; undefined: nothing of that kind. */
export function reasonIn(text: string): Result | undefined {
  for (const [pattern, result] of REASONS) if (pattern.test(text)) return result
  return undefined
}

const MARKED_WORKS = '✅|✔|✓|☑|👍|🟢|:white_check_mark:|:heavy_check_mark:|:\\+1:'
const WORKS = new RegExp(
  `${MARKED_WORKS}|\\b(?:works?|working|worked|success(?:ful(?:ly)?)?|succeed(?:s|ed)?|OK|okay|pass(?:es|ed)?|reachable|accessible|responds?|responded|no (?:problem|issue)s?)\\b|\\b200\\b(?! ?ms)`,
  'i',
)
/** In a cell or behind a colon, where nothing else is meant by them. */
const WORKS_ALONE = /^\W*(?:yes|y|true|connects?|connected|answers?|fine|repl(?:y|ies)|up|good|open|\d+(?:\.\d+)? ?ms|full)\b/i
const FAILS =
  /❌|✗|✘|❎|⛔|🚫|🔴|👎|:x:|:no_entry:|:-1:|:red_circle:|\b(?:fail(?:s|ed|ing|ure)?|does ?n[o']t work|not work(?:s|ing)?|broken|unreachable|inaccessible|blocked|denied|dropped|error|errors|down|KO|NOK|no$|cannot|can ?not|can['’]?t|unable|never works|lost|refused?|time(?:s|d)? ?-?out|timeouts?|hangs?|hung|stuck|no response|no route|loss|unresponsive)\b/i
const NEGATED =
  /\b(?:not|n[o']t|never|no longer|neither|nor|cannot|can['’]?t|does(?:n['’]?t| not)|do(?:n['’]?t| not)|did(?:n['’]?t| not)|is(?:n['’]?t| not)|are(?:n['’]?t| not)|was(?:n['’]?t| not)|un(?:reachable|successful(?:ly)?|able)|inaccessible)\b/i

/** Does a short text (a mark, a cell, `FAILED (connection refused)`) say that it worked, and if not, how it failed? */
export function judgementIn(text: string): Result | undefined {
  const reason = reasonIn(text)
  const failed = FAILS.test(text) || NEGATED.test(text)
  if (reason !== undefined && !/\b(?:no|without|never) (?:\w+ )?(?:time-?outs?|errors?|loss|hangs?)\b/i.test(text)) return reason
  if (failed && !/\b(?:no|without|0) (?:errors?|failures?|loss|problems?)\b/i.test(text)) return 'fails'
  return WORKS.test(text) || WORKS_ALONE.test(text) ? 'connects' : undefined
}

export const worked = (result: Result): boolean => result === 'connects' || result === 'exposed'

const BROKEN_MARKS: readonly (readonly [RegExp, string])[] = [
  [/‚úÖ|âœ…|√¢≈ì‚Ä¶/g, '✅'],
  [/‚ùå|âŒ|âŒ/g, '❌'],
  [/‚úî|âœ”/g, '✔'],
  [/‚úì|âœ“/g, '✓'],
  [/‚úó|âœ—/g, '✗'],
  [/‚úò|âœ˜/g, '✘'],
  [/‚Üí|â†’/g, '→'],
  [/‚Üî|â†”/g, '↔'],
  [/‚áí|â‡’/g, '⇒'],
  [/üî¥/g, '🔴'],
  [/üü¢/g, '🟢'],
  [/‚ö†Ô∏è|âš ï¸/g, '⚠'],
  [/‚Äî|â€”/g, '—'],
  [/‚Äì|â€“/g, '–'],
  [/‚Äô|â€™/g, '’'],
]

/** Marks and arrows of text that was saved in one encoding and read in another (UTF-8 as Mac Roman or Windows-1252) are put right. */
export function mended(text: string): string {
  if (!/[‚âÔ√ü]/.test(text)) return text
  return BROKEN_MARKS.reduce((mendedText, [broken, mark]) => mendedText.replace(broken, mark), text)
}
