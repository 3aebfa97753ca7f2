import type { CapturedPacket } from '../../facts/captured-packet.ts'
import type { Note } from '../../facts/source.ts'
import { plain } from '../lines.ts'
import { notesOn } from '../notes.ts'
import { ETHERTYPE } from '../pcap/link-layer.ts'
import { arpText } from './arp-text.ts'
import { type PacketText, packetTexts } from './group.ts'
import { textHeader } from './header.ts'
import { ipText } from './ip-text.ts'
import { TSHARK_LINE, tsharkLine } from './tshark.ts'

export interface TextCapture {
  readonly packets: readonly CapturedPacket[]
  readonly notes: readonly Note[]
}

/**
 * What tcpdump prints, with any of -n -e -v -t, of one interface or of `-i any`, and tshark's one line a packet. Packets of protocols that
 * are not read (STP, LLDP …) are left out; a line that looks like one and cannot be read is noted.
 */
export function readTextCapture(text: string, file: string): TextCapture {
  const notes = notesOn(file)
  if (isTshark(text)) return { packets: tsharkPackets(text), notes: notes.list() }
  const packets: CapturedPacket[] = []
  for (const part of packetTexts(text)) {
    const packet = packetOf(part)
    if (packet === 'not read') notes.add('not-understood', 'a packet whose line is not understood', part.line, part.text)
    else if (packet) packets.push(packet)
  }
  return { packets, notes: notes.list() }
}

const isTshark = (text: string): boolean => {
  const lines = plain(text.slice(0, 20_000))
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.filter((line) => TSHARK_LINE.test(line)).length > lines.length / 2
}

function tsharkPackets(text: string): readonly CapturedPacket[] {
  return plain(text)
    .split('\n')
    .flatMap((line, i) => tsharkLine(line, i + 1) ?? [])
}

function packetOf({ line, text }: PacketText): CapturedPacket | 'not read' | undefined {
  const { etherType, rest, ...header } = textHeader(text)
  const packet = { number: line, ...header }
  if (etherType === ETHERTYPE.arp) {
    const arp = arpText(rest, header.sourceMac, undefined)
    return arp ? { ...packet, arp } : 'not read'
  }
  if (etherType !== ETHERTYPE.ipv4 && etherType !== ETHERTYPE.ipv6) return undefined
  const ip = ipText(rest, etherType === ETHERTYPE.ipv4 ? 'ip' : 'ip6')
  if (!ip) return 'not read'
  return { ...packet, ip, arp: rest.includes('neighbor ') ? arpText(rest, header.sourceMac, ip.src) : undefined }
}
