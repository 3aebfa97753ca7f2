import type { Socket } from '../../facts/network.ts'
import { isCommand, type Line, words } from '../lines.ts'
import type { Notes } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { endpointOf } from './endpoint.ts'

const PROTOCOLS: Readonly<Record<string, Socket['protocol']>> = {
  tcp: 'tcp',
  tcp6: 'tcp',
  udp: 'udp',
  udp6: 'udp',
  udplite: 'udp',
  raw: 'raw',
  raw6: 'raw',
  sctp: 'sctp',
  icmp: 'icmp',
  icmp6: 'icmp',
}
/** netstat's names of TCP states, as ss(8) calls them. */
const STATES: Readonly<Record<string, string>> = {
  LISTEN: 'LISTEN',
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
  CLOSING: 'CLOSING',
  CLOSE: 'UNCONN',
  CLOSED: 'UNCONN',
  UNKNOWN: 'UNKNOWN',
}
const ROW = /^\s*(?:tcp|udp|udplite|raw|sctp|icmp)6?\s+\d+\s+\d+\s/

export const looksLikeNetstat = (lines: readonly Line[]): boolean =>
  lines.slice(0, 200).some((line) => ROW.test(line.text) || /^Active Internet connections/.test(line.text))

/** `netstat -tulnp`: whether `:::80` takes IPv4 as well is not shown; it does unless the program or bindv6only says otherwise. */
export function readNetstat(lines: readonly Line[], file: string, notes: Notes): Parsed<Socket> {
  const facts: Socket[] = []
  let unix = false
  for (const line of lines) {
    if (isCommand(line.text) || /^\s*Proto\s/.test(line.text) || /^\s*\(|^\s*will not be shown/.test(line.text)) continue
    if (/^\s*Active\s/.test(line.text)) {
      unix = /UNIX/i.test(line.text)
      continue
    }
    if (unix) continue
    const socket = ROW.test(line.text) ? socketOf(words(line.text), { file, line: line.number }) : undefined
    if (socket) facts.push(socket)
    else notes.add('not-understood', 'not a line of netstat', line.number, line.text)
  }
  return { facts, notes: notes.list() }
}

function socketOf(list: readonly string[], source: Socket['source']): Socket | undefined {
  const [name = '', receive, send, local = '', peer = '', ...rest] = list
  const protocol = PROTOCOLS[name]
  if (protocol === undefined) return undefined
  const address = endpointOf(local, true, protocol)
  const remote = endpointOf(peer, true, protocol)
  if (address === undefined || remote === undefined) return undefined
  const shown = rest[0] !== undefined && Object.hasOwn(STATES, rest[0]) ? STATES[rest[0]] : undefined
  const program = /(?:^|\s)(\d+)\/(\S+)/.exec(rest.join(' '))
  return {
    protocol,
    family: address.family,
    state: shown ?? (remote.address === undefined ? 'UNCONN' : 'ESTAB'),
    address: address.address,
    port: address.port,
    device: address.device,
    peerAddress: remote.address,
    peerPort: remote.port,
    process: program?.[2]?.replace(/:$/, ''),
    pid: program ? Number(program[1]) : undefined,
    receiveQueue: Number(receive),
    sendQueue: Number(send),
    source,
  }
}
