import type { CapturedPacket } from '../../facts/captured-packet.ts'
import type { Note } from '../../facts/source.ts'
import { notesOn } from '../notes.ts'
import { contentAt } from './content.ts'
import type { Frame } from './frame.ts'
import { framesOf } from './frames.ts'
import { linkHeaderOf } from './link-layer.ts'

/** A capture that is read while it is walked through. `notes` is complete when the walk has ended. */
export interface CaptureReading {
  readonly packets: Iterable<CapturedPacket>
  notes(): readonly Note[]
}

/**
 * Packets of a pcap or pcapng file, one by one: nothing is kept. Never throws; damage ends the walk with a note.
 *
 * @param chunks the file's bytes, whole or in pieces
 */
export function readCapture(chunks: Iterable<Uint8Array>, file: string): CaptureReading {
  const notes = notesOn(file)
  return { packets: packetsOf(chunks, notes), notes: () => notes.list() }
}

function* packetsOf(chunks: Iterable<Uint8Array>, notes: ReturnType<typeof notesOn>): Generator<CapturedPacket> {
  const unknown = new Set<number>()
  for (const frame of framesOf(chunks, notes)) {
    const packet = packetOf(frame)
    if (packet) yield packet
    else if (!unknown.has(frame.linkType)) {
      unknown.add(frame.linkType)
      notes.add('not-understood', `packets of link type ${frame.linkType} are not read`, frame.number)
    }
  }
}

function packetOf(frame: Frame): CapturedPacket | undefined {
  const link = linkHeaderOf(frame)
  if (!link) return undefined
  const { etherType, at } = link
  const content = etherType === undefined ? undefined : contentAt(frame.data, etherType, at, frame.data.length, 0)
  return {
    ip: content?.ip,
    arp: content?.arp,
    number: frame.number,
    time: frame.time,
    device: frame.device,
    deviceIndex: link.deviceIndex,
    direction: link.direction ?? frame.direction,
    any: frame.linkType === 113 || frame.linkType === 276,
    sourceMac: link.sourceMac,
    destinationMac: link.destinationMac,
    vlans: link.vlans,
  }
}
