import type { CapturedPacket } from '../../../facts/captured-packet.ts'
import type { Note, Source } from '../../../facts/source.ts'
import type { Document } from '../../../intake/document.ts'
import { type CaptureReading, readCapture } from '../../../parse/pcap/read.ts'
import { readTextCapture } from '../../../parse/tcpdump/read.ts'
import { ArpBook } from './arp-book.ts'
import { Checksums } from './checksums.ts'
import { FlowTable } from './flow-table.ts'
import { IcmpErrors, isError } from './icmp-errors.ts'
import type { NameBook } from './names.ts'
import { type Sight, sightsOf } from './sight.ts'
import { Tunnels } from './tunnels.ts'
import type { Vantage } from './vantage.ts'

/** One capture, read once and summed up: what the judging needs of it. */
export interface Captured {
  readonly file: string
  readonly vantage: Vantage
  readonly flows: FlowTable
  readonly arp: ArpBook
  readonly errors: IcmpErrors
  readonly checksums: Checksums
  readonly tunnels: Tunnels
  /** All interfaces were captured. */
  any: boolean
  /** No filter on hosts or ports: there is ARP or more than one kind of traffic in it. */
  unfiltered: boolean
  first: number | undefined
  last: number | undefined
  packets: number
  /** What was not understood, or is damaged. */
  notes: readonly Note[]
}

/** Captures among the documents, in every form. */
export function isCapture({ content, bytes, text }: Document): boolean {
  if (content.kind !== 'recognised') return false
  if (content.format === 'pcap' || content.format === 'pcapng') return bytes !== undefined
  return content.format === 'tcpdump' && text !== undefined
}

/** Reads a capture packet by packet; nothing of it is kept but sums, and the first packets of each conversation. */
export function summarise(document: Document, vantage: Vantage, names: NameBook): Captured {
  const out: Captured = {
    file: document.file,
    vantage,
    flows: new FlowTable(),
    arp: new ArpBook(),
    errors: new IcmpErrors(),
    checksums: new Checksums(),
    tunnels: new Tunnels(),
    any: false,
    unfiltered: false,
    first: undefined,
    last: undefined,
    packets: 0,
    notes: [],
  }
  const kinds = new Set<number | string>()
  const device = deviceOf(document, vantage)
  const reading = read(document)
  for (const packet of reading.packets) {
    out.packets++
    out.any ||= packet.any
    out.first ??= packet.time
    out.last = packet.time ?? out.last
    if (kinds.size < 16) kinds.add(packet.arp ? 'arp' : (packet.ip?.protocol ?? 'other'))
    take(packet, deviceAt(packet, vantage) ?? device, out, names)
  }
  out.notes = reading.notes()
  out.unfiltered = kinds.has('arp') || kinds.size > 2
  return out
}

function read({ bytes, text, file }: Document): CaptureReading {
  if (bytes) return readCapture([bytes], file)
  const { packets, notes } = readTextCapture(text ?? '', file)
  return { packets, notes: () => notes }
}

function take(packet: CapturedPacket, device: string, out: Captured, names: NameBook): void {
  const { number, time, direction } = packet
  if (packet.arp) {
    out.arp.add(packet.arp, { number, time, device, direction })
    return
  }
  const joinable = direction !== undefined || packet.device !== undefined || packet.ip?.tunnel !== undefined
  for (const raw of sightsOf(packet, device)) {
    const sight = named(raw, names)
    out.checksums.add(sight)
    if (sight.ip.tunnel) out.tunnels.add(sight)
    else if (isError(sight.ip)) out.errors.add(sight)
    else if (isConversation(sight)) out.flows.add(sight, joinable)
  }
}

/** Multicast and broadcast ask nobody in particular. */
function isConversation({ ip }: Sight): boolean {
  const { dst, src } = ip
  if (dst === undefined && ip.dstName === undefined) return false
  if (typeof dst === 'number') return dst >>> 28 !== 0xe && dst !== 0xffffffff && src !== 0
  if (typeof dst === 'bigint') return dst >> 120n !== 0xffn && !(ip.icmp && ip.icmp.type >= 130)
  return true
}

function named(sight: Sight, names: NameBook): Sight {
  const { srcName, dstName } = sight.ip
  if (srcName === undefined && dstName === undefined) return sight
  const src = srcName === undefined ? undefined : names(srcName, sight.ip.family)
  const dst = dstName === undefined ? undefined : names(dstName, sight.ip.family)
  if (src === undefined && dst === undefined) return sight
  return { ...sight, ip: { ...sight.ip, src: sight.ip.src ?? src, dst: sight.ip.dst ?? dst } }
}

const deviceAt = ({ device, deviceIndex }: CapturedPacket, { links }: Vantage): string | undefined => {
  if (device !== undefined && device !== 'any') return device
  if (deviceIndex === undefined || deviceIndex === 0) return undefined
  return links.get(deviceIndex)?.name ?? `if${deviceIndex}`
}

/** Of a capture of one interface: from the command, tcpdump's own words, or a file that bears the name of one of the links. */
function deviceOf({ command, text, file }: Document, { linkNames }: Vantage): string {
  const asked = command && /\s-\w*i\s?([\w.@-]{1,15})(?=\s|$)/.exec(command)?.[1]
  const told = text && /^(?:tcpdump: )?listening on ([\w.-]{1,15}),/m.exec(text.slice(0, 5000))?.[1]
  const found = asked || told
  if (found && found !== 'any') return found
  const words = (file.split('/').at(-1) ?? '').split(/[^\w-]+|_/)
  return words.find((word) => linkNames.has(word)) ?? ''
}

export const sourceOf = ({ file }: Captured, number: number): Source => ({ file, line: number })
