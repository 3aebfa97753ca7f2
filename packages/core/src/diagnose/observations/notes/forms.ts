import type { Result } from '../observation.ts'

/** What a form's line says: a result, or how it is found in the line; `trying` and `connected` wait for what follows. */
export type Says = Result | 'reason' | 'status' | 'loss' | 'hidden' | 'exit' | 'trying' | 'connected'

export interface Form {
  readonly pattern: RegExp
  readonly says: Says
  /** A later line of the same attempt says more. */
  readonly preliminary: boolean
}

const HOST = '(?<host>[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}|[\\w.-]*\\w)'
const ADDRESS = '(?<host>\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})'
const AT = `\\[?(?:${ADDRESS})\\]?:(?<port>\\d{1,5})`
const NAMED_AT = '(?:\\[?(?<host>[\\w.-]+)\\]?):(?<port>\\d{1,5})'
const form = (pattern: string, says: Says): Form => ({ pattern: new RegExp(pattern, 'i'), says, preliminary: false })
const preliminary = (pattern: string, says: Says): Form => ({ pattern: new RegExp(pattern, 'i'), says, preliminary: true })

/** In the order in which they are tried on a line; each begins with a word of its own, so that none takes long to fail. */
export const FORMS: readonly Form[] = [
  // curl
  form(`^curl: \\(\\d+\\) failed to connect to \\[?${HOST}\\]? port (?<port>\\d{1,5}).{0,24}: couldn't connect to server`, 'hidden'),
  form(`^curl: \\(\\d+\\) failed (?:to )?connect to \\[?${HOST}\\]?(?: port |:)(?<port>\\d{1,5})`, 'reason'),
  form('^curl: \\(60\\).*no alternative certificate subject name matches', 'wrong-server'),
  form('^curl: \\(28\\) operation timed out after .* bytes received', 'stalls'),
  form('^curl: \\(22\\).* error: (?<status>\\d{3})', 'status'),
  form('^curl: \\((?:6|5)\\)', 'no-name'),
  form('^curl: \\(7\\)', 'reason'),
  form('^curl: \\(28\\)', 'reason'),
  form('^curl: \\(52\\)', 'application-error'),
  form('^curl: \\((?:35|55|56)\\)', 'reason'),
  form('^curl: \\(60\\).*(?:self[- ]signed|local issuer)', 'connects'),
  form('^curl: \\((?:51|58|60|77|92|16)\\)', 'application-error'),
  form('^curl: \\(\\d+\\)', 'reason'),
  preliminary(`^\\* connect to \\[?${HOST}\\]? port (?<port>\\d{1,5}) (?:from \\S+ port \\d+ )?failed`, 'reason'),
  preliminary(`^\\*? *(?:trying) \\[?(?:${ADDRESS})\\]?(?::(?<port>\\d{1,5}))?\\.\\.\\.`, 'trying'),
  preliminary(`^\\* connected to \\S+ \\(\\[?(?:${ADDRESS})\\]?\\) port (?<port>\\d{1,5})`, 'connected'),
  form('^< HTTP/[\\d.]+ (?<status>\\d{3})', 'status'),
  form('^ *HTTP/[\\d.]+ (?<status>\\d{3})', 'status'),
  // wget, GNU and busybox
  preliminary('^connecting to .*\\.\\.\\. connected', 'connected'),
  form(`^connecting to [^|]{0,200}\\|(?:${ADDRESS})\\|:(?<port>\\d{1,5})\\.\\.\\. failed: .`, 'reason'),
  form('^connecting to .*\\.\\.\\. failed: .', 'reason'),
  preliminary(`^connecting to .*\\((?:${ADDRESS}):(?<port>\\d{1,5})\\)`, 'trying'),
  preliminary(`^connecting to .*\\|(?:${ADDRESS})\\|:(?<port>\\d{1,5})\\.\\.\\.`, 'trying'),
  form('^http request sent, awaiting response\\.\\.\\. (?<status>\\d{3})', 'status'),
  form('^wget: server returned error: HTTP/[\\d.]+ (?<status>\\d{3})', 'status'),
  form(`^wget: can't connect to remote host \\(${ADDRESS}\\)`, 'reason'),
  form('^wget: ', 'reason'),
  form('^(?:saving to: |remote file exists|\\S+ +100% ?\\|)|^.{0,300} saved \\[\\d', 'connects'),
  // netcat
  form(
    `^(?:nc|netcat): connect to ${HOST}(?: \\(\\S+\\))? port (?<port>\\d{1,5}) \\((?<protocol>tcp|udp)\\) (?:failed|timed out)`,
    'reason',
  ),
  form(`^connection to ${HOST}(?: \\(\\S+\\))? (?<port>\\d{1,5}) port \\[(?<protocol>tcp|udp)/.*succeeded`, 'connects'),
  form(`^ncat: connected to ${AT}`, 'connects'),
  form('^ncat: (?:connection )?(?:refused|timed out|timeout|no route|network|could not)', 'reason'),
  form(`^\\(unknown\\) \\[${ADDRESS}\\] (?<port>\\d{1,5}) \\([^)]*\\)(?: :)? open`, 'connects'),
  form(`^\\(unknown\\) \\[${ADDRESS}\\] (?<port>\\d{1,5}) \\([^)]*\\) : .`, 'reason'),
  form(`^[\\w.-]* ?[([]${ADDRESS}[)\\]:]? ?:?(?<port>\\d{1,5})\\)? (?:\\([^)]*\\) )?open`, 'connects'),
  form(`^(?:nc|netcat): \\S+ \\(${ADDRESS}:(?<port>\\d{1,5})\\): .`, 'reason'),
  form(`^(?:nc|telnet|netcat): can't connect to remote host \\(${ADDRESS}\\): .`, 'reason'),
  form('^(?:nc|netcat): ', 'reason'),
  // bash's own: </dev/tcp/HOST/PORT
  form('^(?:ba)?sh: (?:line \\d+: )?(?:connect|/dev/tcp/\\S+): .', 'reason'),
  // telnet
  form(`^telnet: connect to address ${ADDRESS}: .`, 'reason'),
  form('^telnet: ', 'reason'),
  preliminary('^connected to [\\w.:-]+', 'connected'),
  form('^escape character is', 'connects'),
  // ping
  preliminary(`^ping6? \\S+ ?\\((?:${ADDRESS})\\)`, 'trying'),
  form('^\\d+ packets transmitted, (?<received>\\d+) (?:packets )?received,', 'loss'),
  preliminary('^\\d+ bytes from ', 'connects'),
  preliminary('^from \\S+ icmp_seq=\\d+ (?:destination|packet|time to live|frag)', 'reason'),
  preliminary('^ping6?: (?:local error|sendto|sendmsg)', 'reason'),
  form('^ping6?: ', 'reason'),
  // names
  form(`^;; communications error to ${ADDRESS}#(?<port>\\d+): .`, 'reason'),
  form('^;; (?:connection timed out|no servers)', 'timeout'),
  form('^;;.*status: (?:NXDOMAIN)', 'no-name'),
  form('^;;.*status: (?:SERVFAIL|REFUSED)', 'application-error'),
  form('^;;.*status: NOERROR', 'connects'),
  form("^\\*\\* server can't find|^nslookup: can't resolve '[^(]|^host \\S+ not found: 3", 'no-name'),
  form('^nslookup: (?:read|write|connect)', 'reason'),
  preliminary('^name:\\s+\\S|^\\S+ has (?:ipv6 )?address |^\\S+\\.\\s+\\d+\\s+IN\\s+A', 'connects'),
  preliminary('^address:\\s+\\S+#\\d+', 'connects'),
  // ssh, databases, TLS, gRPC
  form(`^ssh: connect to host ${HOST} port (?<port>\\d{1,5}): .`, 'reason'),
  form('^(?:permission denied \\(publickey|[^@ ]{1,60}@[^: ]{1,100}: permission denied \\()', 'connects'),
  form('^SSH-2\\.0-|^220[ -]|^\\+OK |^-?(?:ERR|NOAUTH)\\b|^RFB \\d', 'connects'),
  form('^kex_exchange_identification: ', 'reason'),
  form(`^(?:psql: )?(?:error: )?connection to server at "${HOST}"(?: \\(\\S+\\))?, port (?<port>\\d{1,5}) failed: .`, 'reason'),
  form('^psql: .*could not (?:connect|translate)', 'reason'),
  form(`^ERROR 2003 .* on '${HOST}(?::(?<port>\\d{1,5}))?'`, 'reason'),
  form(`^could not connect to redis at ${HOST}:(?<port>\\d{1,5}): .`, 'reason'),
  form('^\\S+ - accepting connections|^\\+?PONG\\b', 'connects'),
  form('^\\S+ - no response', 'timeout'),
  preliminary('^connected\\(0', 'connected'),
  form('^ *verify return code: \\d+|^server certificate', 'connects'),
  form('^connect: ?(?:errno|connection|no route|network)', 'reason'),
  form('^failed to dial target host', 'reason'),
  // Kubernetes' and other programs' own words, wherever they stand in the line
  form(`^the connection to the server ${HOST}(?::(?<port>\\d{1,5}))? was refused`, 'refused'),
  form(`read (?<protocol>udp) (?<src>[\\d.]+):\\d+->${AT}: (?:i/o )?timeout`, 'timeout'),
  form(`read (?<protocol>tcp|udp) (?<src>[\\d.]+):\\d+->${AT}: .`, 'reason'),
  form(`dial (?<protocol>tcp|udp)[46]? ${AT}: .`, 'reason'),
  form(`dial (?<protocol>tcp|udp)[46]? ${NAMED_AT}: .`, 'reason'),
  form('dial (?:tcp|udp): lookup (?<host>[\\w.-]+)(?: on \\S{1,60})?: .', 'no-name'),
  form(`connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) ${AT}`, 'reason'),
  form("HTTPS?ConnectionPool\\(host='(?<host>[\\w.-]+)', port=(?<port>\\d{1,5})\\)", 'reason'),
  preliminary('^command terminated with exit code (?<exit>\\d+)', 'exit'),
]
