import type { Command } from '../../../intake/notes/command.ts'
import { type Endpoint, readEndpoint } from './endpoint.ts'

/** What a command tries to reach. */
export interface Target extends Endpoint {
  /** Size of the IP packet, of a ping with -s. */
  readonly length?: number | undefined
  /** Its output tells of names, not of a connection: dig, nslookup, host, getent. */
  readonly lookup?: string | undefined
}

type Reader = (args: readonly string[], program: string) => Target | undefined

/** The words of each program's options that take a word of their own. */
const CURL =
  /^(?:-[a-zA-Z#]*[mowHdXuxAbceFKTEYyzCrPQtD]|--(?:max-time|connect-timeout|output|write-out|header|data|data-raw|data-binary|request|user|proxy|user-agent|cookie|cookie-jar|referer|form|config|upload-file|cert|key|cacert|capath|range|interface|resolve|connect-to|retry|retry-delay|retry-max-time|unix-socket|tls-max|ciphers|url-query|limit-rate|dns-servers|local-port|noproxy|oauth2-bearer|proto|speed-limit|speed-time|stderr|trace|trace-ascii))$/
const WGET =
  /^(?:-[a-zA-Z]*[TOotUePQwA]|--(?:timeout|tries|output-document|header|user-agent|post-data|execute|bind-address|connect-timeout|read-timeout|wait))$/
const NC = /^-[a-zA-Z46]*[wpsiqXxecgGOIMmTV]$/
const PING = /^-[a-zA-Z46]*[cWwiIMtQsSpmlF]$/
const DATABASE = /^(?:-[hHPpUudDan]|--(?:host|port|user|username|dbname|database|pass|eval|command))$/

/** Whom a command tries to reach; undefined: it tries no connection. */
export function targetOf({ program, args }: Command): Target | undefined {
  const comment = args.indexOf('#')
  return Object.hasOwn(READERS, program)
    ? READERS[program]?.(
        (comment < 0 ? args : args.slice(0, comment)).filter((arg) => !arg.startsWith('$(')),
        program,
      )
    : undefined
}

/** The words that are neither options nor their values. */
function operands(args: readonly string[], valued: RegExp): readonly string[] {
  const out: string[] = []
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string
    if (word === '--') continue
    if (!word.startsWith('-') || word === '-') out.push(word)
    else if (valued.test(word)) i++
  }
  return out
}

function optionOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [i, arg] of args.entries()) {
    if (names.includes(arg)) return args[i + 1]
    const long = names.find((name) => arg.startsWith(name.startsWith('--') ? `${name}=` : name) && arg.length > name.length)
    if (long) return arg.slice(long.length).replace(/^=/, '')
  }
  return undefined
}

const curl: Reader = (args) => {
  const urls = operands(args, CURL)
  const url = optionOf(args, '--url') ?? urls.find((word) => word.includes('://')) ?? urls[0]
  if (url === undefined || /^telnet:\/\/$/.test(url)) return undefined
  const target = readEndpoint(url, 80)
  const resolved = optionOf(args, '--resolve')
  const pinned = resolved && /^\+?[^:]+:(\d+):(.+)$/.exec(resolved)
  const at = pinned ? readEndpoint(pinned[2] as string, target?.port) : undefined
  return at ?? target
}

const wget: Reader = (args) => {
  const urls = operands(args, WGET)
  const url = urls.find((word) => word.includes('://')) ?? urls[0]
  return url === undefined ? undefined : readEndpoint(url, 80)
}

/** `nc -zv -w 3 HOST PORT`; `nc -l` waits for others. */
const nc: Reader = (args) => {
  if (args.some((arg) => /^-[a-zA-Z46]*l|^--listen$/.test(arg))) return undefined
  const [host, port] = operands(args, NC)
  if (host === undefined) return undefined
  const udp = args.some((arg) => /^-[a-zA-Z46]*u|^--udp$/.test(arg))
  const first = port === undefined ? undefined : /^(\d{1,5})(?:-\d+)?$/.exec(port)?.[1]
  const target = readEndpoint(
    first === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${first}`,
    undefined,
    udp ? 'udp' : 'tcp',
  )
  return target?.port === undefined ? undefined : target
}

const telnet: Reader = (args) => {
  const [host, port = '23'] = operands(args, /^-[abelnSX]$/)
  return host === undefined ? undefined : readEndpoint(`${host.includes(':') ? `[${host}]` : host}:${port}`)
}

const ping: Reader = (args, program) => {
  const words = operands(args, PING)
  const host = words.at(-1)
  const target = host === undefined ? undefined : readEndpoint(host, undefined, 'icmp')
  if (!target || target.port !== undefined) return undefined
  const size = optionOf(args, '-s', '--size')
  const six = program === 'ping6' || target.host.includes(':')
  return size !== undefined && /^\d{1,5}$/.test(size) ? { ...target, length: Number(size) + (six ? 48 : 28) } : target
}

/** `dig @SERVER NAME`, `nslookup NAME SERVER`, `host NAME SERVER`: the server is the one that is asked. */
const lookup: Reader = (args, program) => {
  if (program === 'getent') {
    const name = args[0] === 'hosts' || args[0]?.startsWith('ahosts') ? args[1] : undefined
    return name === undefined ? undefined : { host: name, port: undefined, protocol: 'udp', lookup: name }
  }
  const words = operands(args, /^-(?:[bcfkpqtWRmN]|port|type|querytype|timeout|retry)$/)
  const at = words.find((word) => word.startsWith('@'))
  const names = words.filter((word) => !/^[@+]/.test(word) && !/^(?:A|AAAA|SRV|TXT|PTR|MX|NS|CNAME|SOA|ANY|IN|CH)$/i.test(word))
  const name = optionOf(args, '-x') ?? names[0]
  if (name === undefined) return undefined
  const server = at?.slice(1) ?? (program === 'dig' ? undefined : names[1])
  const tcp = args.some((arg) => /^(?:\+(?:tcp|vc)|-T|-vc)$/.test(arg))
  const port = Number(optionOf(args, '-p', '-port') ?? 53)
  const asked = server === undefined ? undefined : readEndpoint(server, port || 53, tcp ? 'tcp' : 'udp')
  return asked ? { ...asked, lookup: name } : { host: name, port: undefined, protocol: 'udp', lookup: name }
}

const database =
  (port: number, fallback: string | undefined): Reader =>
  (args) => {
    const url = args.find((arg) => /^[a-z+]+:\/\//.test(arg))
    if (url) return readEndpoint(url, port)
    const named = optionOf(args, '-h', '--host', '-H') ?? operands(args, DATABASE).find((word) => /^[\w.-]+:\d+/.test(word))
    const host = named ?? fallback
    if (host === undefined) return undefined
    const given = optionOf(args, '-p', '-P', '--port')
    return readEndpoint(host, given !== undefined && /^\d+$/.test(given) ? Number(given) : port)
  }

const openssl: Reader = (args) => {
  if (args[0] !== 's_client') return undefined
  const to = optionOf(args, '-connect') ?? operands(args.slice(1), /^-/)[0]
  return to === undefined ? undefined : readEndpoint(to, 443)
}

const grpcurl: Reader = (args) => {
  const to = operands(args, /^-(?:H|d|import-path|proto|max-time|connect-timeout|authority|cacert|cert|key|servername)$/).find((word) =>
    /^[\w.[\]-]+:\d+$/.test(word),
  )
  return to === undefined ? undefined : readEndpoint(to)
}

const traced: Reader = (args) => {
  const host = operands(args, /^-[fgimpqswzNMP]$/)[0]
  const target = host === undefined ? undefined : readEndpoint(host, undefined, 'icmp')
  const tcp = args.some((arg) => arg === '-T' || arg === '--tcp')
  const port = optionOf(args, '-p', '-P', '--port')
  return target && tcp ? { ...target, protocol: 'tcp', port: port ? Number(port) || 80 : 80 } : target
}

/** Only its own failure to connect tells of a connection; what it ran there is another command. */
const READERS: Readonly<Record<string, Reader>> = {
  curl,
  'curl.exe': curl,
  wget,
  http: (args) => wget(args, 'wget'),
  wscat: (args) =>
    wget(
      args.filter((arg) => arg !== '-c'),
      'wget',
    ),
  nc,
  ncat: nc,
  netcat: nc,
  telnet,
  ping,
  ping6: ping,
  fping: ping,
  dig: lookup,
  nslookup: lookup,
  host: lookup,
  getent: lookup,
  psql: database(5432, undefined),
  pg_isready: database(5432, undefined),
  mysql: database(3306, undefined),
  mysqladmin: database(3306, undefined),
  mariadb: database(3306, undefined),
  mongo: database(27017, undefined),
  mongosh: database(27017, undefined),
  'redis-cli': database(6379, '127.0.0.1'),
  openssl,
  grpcurl,
  traceroute: traced,
  tracepath: traced,
  mtr: traced,
}
