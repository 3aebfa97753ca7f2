import { readdirSync, readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** How to reach a destination, as ssh_config(5) tells it. */
export interface Reaching {
  /** As it was named: what known_hosts and patterns are asked for. */
  readonly alias: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly keys: readonly string[]
  /** Somebody named the keys: only these are tried, and no agent. */
  readonly onlyKeys: boolean
  readonly agent: string | undefined
  readonly knownHosts: readonly string[]
  readonly hostKeyAlias: string | undefined
}

type Read = { readonly kind: 'reaching'; readonly reaching: Reaching } | { readonly kind: 'unsupported'; readonly text: string }

/** What changes neither where a connection goes nor whom it trusts; or what culprit's ssh is told otherwise anyway. */
const HARMLESS = new Set(
  `addkeystoagent addressfamily batchmode checkhostip clearallforwardings compression connectionattempts connecttimeout controlmaster controlpath
  controlpersist escapechar exitonforwardfailure fingerprinthash forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports
  gssapiauthentication gssapidelegatecredentials hashknownhosts hostbasedauthentication ignoreunknown ipqos kbdinteractiveauthentication
  challengeresponseauthentication localcommand localforward loglevel nohostauthenticationforlocalhost numberofpasswordprompts passwordauthentication
  permitlocalcommand permitremoteopen preferredauthentications pubkeyauthentication remotecommand remoteforward dynamicforward requesttty sendenv
  serveralivecountmax serveraliveinterval sessiontype setenv stricthostkeychecking syslogfacility tcpkeepalive updatehostkeys usekeychain
  verifyhostkeydns visualhostkey xauthlocation`.split(/\s+/),
)

/** Reads ssh's configuration as far as it can be kept to without ssh; says which line cannot. First value wins, as in ssh. */
export function readSshConfig(destination: string, file: string | undefined): Read {
  const [, user, bracketed, plain, port] = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:/]+))(?::(\d{1,5}))?\/?$/.exec(destination) ?? []
  const alias = bracketed ?? plain
  if (alias === undefined) return { kind: 'unsupported', text: `not a destination: ${destination}` }
  const values = new Map<string, string[]>()
  const files = file === undefined ? [join(homedir(), '.ssh/config'), '/etc/ssh/ssh_config'] : [file]
  for (const each of files) {
    const text = readInto(values, each, alias, 0)
    if (text !== undefined) return { kind: 'unsupported', text }
  }
  const one = (key: string): string | undefined => values.get(key)?.[0]
  const name = user ?? one('user') ?? userInfo().username
  const host = (one('hostname') ?? alias).replaceAll('%h', alias).replaceAll('%%', '%')
  const expand = (path: string): string =>
    home(path.replaceAll('%d', homedir()).replaceAll('%h', host).replaceAll('%r', name).replaceAll('%u', userInfo().username))
  const lists = (key: string, otherwise: readonly string[]): readonly string[] =>
    (values.get(key)?.flatMap((text) => words(text)) ?? otherwise).filter((path) => path !== 'none').map(expand)
  const agent = one('identityagent') ?? 'SSH_AUTH_SOCK'
  const named = values.get('identityfile') ?? []
  return {
    kind: 'reaching',
    reaching: {
      alias,
      host,
      port: Number(port ?? one('port') ?? 22),
      user: name,
      keys: named.length > 0 ? named.map(expand) : ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((key) => join(homedir(), '.ssh', key)),
      onlyKeys: one('identitiesonly')?.toLowerCase() === 'yes',
      agent: agent === 'none' ? undefined : agent === 'SSH_AUTH_SOCK' ? process.env.SSH_AUTH_SOCK || undefined : expand(agent),
      knownHosts: [
        ...lists('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']),
        ...lists('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']),
      ],
      hostKeyAlias: one('hostkeyalias'),
    },
  }
}

const TAKEN = new Set(
  'hostname port user identityfile identitiesonly identityagent userknownhostsfile globalknownhostsfile hostkeyalias'.split(' '),
)
const DEEPEST = 8

/** What of a line cannot be kept to; undefined: all can. */
function readInto(values: Map<string, string[]>, file: string, alias: string, depth: number): string | undefined {
  let applies = true
  for (const [i, line] of linesOf(file).entries()) {
    const [, key = '', value = ''] = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
    const word = key.toLowerCase()
    if (word === '') continue
    const where = `${file}:${i + 1}: ${key}`
    if (word === 'host') applies = isNamed(words(value), alias)
    else if (word === 'match') {
      applies = value.toLowerCase() === 'all'
      if (!applies) return `${where} ${value} is only understood by ssh itself`
    } else if (!applies || HARMLESS.has(word)) continue
    else if (word === 'include') {
      const unsupported = included(value, file).map((one) => (depth < DEEPEST ? readInto(values, one, alias, depth + 1) : where))
      const first = unsupported.find((text) => text !== undefined)
      if (first !== undefined) return first
    } else if (TAKEN.has(word)) values.set(word, [...(values.get(word) ?? []), word === 'identityfile' ? unquoted(value) : value])
    else if (!/^(?:proxycommand|proxyjump)$/.test(word) || value.toLowerCase() !== 'none') return `${where} needs ssh itself`
  }
  return undefined
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.replace(/^\s*#.*$/, ''))
  } catch {
    return []
  }
}

const unquoted = (text: string): string => text.replace(/^"(.*)"$/, '$1')
const words = (text: string): readonly string[] => (text.match(/"[^"]*"|\S+/g) ?? []).map(unquoted)
const home = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path)

/** Files of an Include: relative ones beside the user's or the system's configuration, `*` in the last part. */
function included(value: string, from: string): readonly string[] {
  return words(value).flatMap((text) => {
    const path = home(text)
    const whole = isAbsolute(path) ? path : join(from.startsWith('/etc/') ? '/etc/ssh' : join(homedir(), '.ssh'), path)
    if (!whole.includes('*')) return [whole]
    try {
      const found = readdirSync(dirname(whole)).filter((name) => !name.startsWith('.') && matches(basename(whole), name))
      return found.sort().map((name) => join(dirname(whole), name))
    } catch {
      return []
    }
  })
}

/** Patterns of ssh_config(5): `*`, `?`, and `!` for those that are not meant. */
export function isNamed(patterns: readonly string[], name: string): boolean {
  const not = patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), name))
  return !not && patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, name))
}

/** Linear in the length of the name times that of the pattern. */
function matches(pattern: string, name: string): boolean {
  let [p, n, star, from] = [0, 0, -1, 0]
  while (n < name.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p]?.toLowerCase() === name[n]?.toLowerCase()) && pattern[p] !== '*') {
      p++
      n++
    } else if (pattern[p] === '*') {
      star = p++
      from = n
    } else if (star >= 0) {
      p = star + 1
      n = ++from
    } else return false
  }
  return /^\**$/.test(pattern.slice(p))
}
