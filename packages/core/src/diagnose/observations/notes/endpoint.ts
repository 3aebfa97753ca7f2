import { parseAddress } from '../../../net/address.ts'

/** Whom a command or a sentence names, as it was written: an address, a name, perhaps a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number | undefined
  readonly protocol: 'tcp' | 'udp' | 'icmp'
}

const SCHEMES: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  telnet: 23,
  ssh: 22,
  grpc: 443,
  redis: 6379,
  rediss: 6379,
  amqp: 5672,
  amqps: 5671,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mongodb: 27017,
  nats: 4222,
  kafka: 9092,
  ldap: 389,
  ldaps: 636,
  smtp: 25,
  mqtt: 1883,
  git: 9418,
  tcp: 0,
  udp: 0,
}

const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/

/** Reads `http://user@web.default:8080/path`, `[fd00::1]:443`, `10.0.0.1:80`, `web`. undefined: it names nobody. */
export function readEndpoint(text: string, defaultPort?: number, protocol: Endpoint['protocol'] = 'tcp'): Endpoint | undefined {
  const url = /^([a-z][a-z0-9+.-]{1,20}):\/\/([^\s]*)$/i.exec(text)
  if (url) {
    const scheme = (url[1] as string).toLowerCase()
    const known = SCHEMES[scheme.replace(/\+.*$/, '')]
    if (known === undefined) return undefined
    const authority = (url[2] as string).replace(/[/?#].*$/, '').replace(/^.*@/, '')
    return hostAndPort(authority, known || undefined, scheme === 'udp' ? 'udp' : 'tcp')
  }
  return hostAndPort(text.replace(/\/(?!\d+$)[^\s]*$|\/$/, '').replace(/^[^\s@/]*@/, ''), defaultPort, protocol)
}

function hostAndPort(text: string, defaultPort: number | undefined, protocol: Endpoint['protocol']): Endpoint | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]+)(?:%[\w.-]+)?\](?::(\d{1,5}))?$/.exec(text)
  if (bracketed) return endpoint(bracketed[1] as string, bracketed[2], defaultPort, protocol)
  if (text.includes('::') || text.split(':').length > 2)
    return parseAddress(text) === undefined ? undefined : { host: text, port: defaultPort, protocol }
  const [host = '', port] = text.split(':')
  return endpoint(host, port, defaultPort, protocol)
}

function endpoint(
  host: string,
  port: string | undefined,
  defaultPort: number | undefined,
  protocol: Endpoint['protocol'],
): Endpoint | undefined {
  if (!HOST.test(host) && parseAddress(host) === undefined) return undefined
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return undefined
  const number = port === undefined ? defaultPort : Number(port)
  if (number !== undefined && (number < 1 || number > 65535)) return undefined
  return { host: host.replace(/\.$/, ''), port: number, protocol }
}
