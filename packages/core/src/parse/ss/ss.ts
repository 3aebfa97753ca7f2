import type { Socket } from '../../facts/network.ts'
import { append, isCommand, type Line, readLines, words } from '../lines.ts'
import { type Notes, notesOn } from '../notes.ts'
import type { Parsed } from '../parsed.ts'
import { type Endpoint, endpointOf, OLD_ANY, peerOf } from './endpoint.ts'
import { looksLikeNetstat, readNetstat } from './netstat.ts'

const STATES: ReadonlySet<string> = new Set(
  'UNCONN LISTEN ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE-WAIT LAST-ACK CLOSING CLOSED UNKNOWN NEW-SYN-RECV BOUND-INACTIVE'.split(
    ' ',
  ),
)
/** Netids of ss(8): those of the internet families, and the others, which are not read. */
const PROTOCOLS: Readonly<Record<string, Socket['protocol']>> = {
  tcp: 'tcp',
  mptcp: 'tcp',
  udp: 'udp',
  raw: 'raw',
  sctp: 'sctp',
  dccp: 'dccp',
  icmp: 'icmp',
  icmp6: 'icmp',
}
const OTHERS = /^(?:u_\w+|nl|p_\w+|v_\w+|ti\w*|xdp|\?\?\?|unix|vsock|tipc)$/

/**
 * `ss`, with any of `-l -n -t -u -w -a -p -e -m -i -o -H`. With `-t` or `-u` alone the Netid column is missing; the protocol then follows
 * from the heading's command or the states. Unix, netlink and packet sockets are passed over. `netstat -tulnp` too.
 */
export function readSs(text: string, file: string): Parsed<Socket> {
  const notes = notesOn(file)
  const lines = readLines(text)
  if (looksLikeNetstat(lines)) return readNetstat(lines, file, notes)
  const old = OLD_ANY.test(text)
  const rows = rowsOf(lines, notes)
  const assumed = assumedProtocol(rows)
  const facts: Socket[] = []
  for (const row of rows) {
    const socket = socketOf(row, old, assumed, file, notes)
    if (socket) facts.push(socket)
  }
  return { facts, notes: notes.list() }
}

interface Row {
  readonly line: number
  readonly text: string
  /** undefined where the Netid column is missing */
  readonly netid: string | undefined
  readonly list: readonly string[]
}

/** A row begins with a Netid or a state; anything else is more of the row above (`-e -m -i` lines, wrapped ones). */
function rowsOf(lines: readonly Line[], notes: Notes): Row[] {
  const out: { line: number; text: string; netid: string | undefined; list: string[] }[] = []
  let skipping = false
  for (const line of lines) {
    if (isCommand(line.text) || /^\s*(?:Netid\s|State\s+Recv-Q|Recv-Q\s+Send-Q)/.test(line.text)) continue
    const list = words(line.text)
    const first = list[0] ?? ''
    const netid = Object.hasOwn(PROTOCOLS, first)
    if (OTHERS.test(first)) skipping = true
    else if (netid || STATES.has(first)) {
      skipping = false
      out.push({ line: line.number, text: line.text.trim(), netid: netid ? first : undefined, list: netid ? list.slice(1) : list })
    } else if (!skipping) {
      const last = out.at(-1)
      if (last) append(last.list, list)
      else notes.add('not-understood', 'not a line of ss', line.number, line.text)
    }
  }
  return out
}

function socketOf(row: Row, old: boolean, assumed: Socket['protocol'], file: string, notes: Notes): Socket | undefined {
  const [state = ''] = row.list
  const counts = row.list.findIndex((word) => /^\d+$/.test(word))
  const [receive, send, local, peer] = row.list.slice(counts)
  const protocol = row.netid === undefined ? assumed : (PROTOCOLS[row.netid] as Socket['protocol'])
  const address = local === undefined ? undefined : endpointOf(local, old, protocol)
  const remote = peer === undefined ? undefined : peerOf(peer, old, protocol)
  if (counts < 0 || !/^\d+$/.test(send ?? '') || address === undefined || !STATES.has(state)) {
    notes.add('not-understood', 'of a line of ss', row.line, row.text)
    return undefined
  }
  return socket(row, protocol, state, address, remote, [Number(receive), Number(send)], file)
}

/** Without a Netid column there is one protocol in the list: only TCP listens, and UDP sockets are unconnected. */
const assumedProtocol = (rows: readonly Row[]): Socket['protocol'] =>
  rows.some((row) => row.list[0] === 'UNCONN') && !rows.some((row) => row.list[0] === 'LISTEN') ? 'udp' : 'tcp'

function socket(
  row: Row,
  protocol: Socket['protocol'],
  state: string,
  local: Endpoint,
  remote: Endpoint | undefined,
  queues: readonly [number, number],
  file: string,
): Socket {
  const user = /users:\(\(\s*"((?:[^"\\]|\\.)*)",\s*(?:pid=)?(\d+)/.exec(row.list.join(' '))
  return {
    protocol,
    family: local.family,
    state,
    address: local.address,
    port: local.port,
    device: local.device,
    peerAddress: remote?.address,
    peerPort: remote?.port ?? 0,
    process: user?.[1],
    pid: user ? Number(user[2]) : undefined,
    receiveQueue: queues[0],
    sendQueue: queues[1],
    source: { file, line: row.line },
  }
}
