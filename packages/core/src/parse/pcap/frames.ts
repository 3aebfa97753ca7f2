import type { Notes } from '../notes.ts'
import { ByteQueue, u32 } from './bytes.ts'
import type { Frame } from './frame.ts'
import { pcapFrames } from './pcap.ts'
import { pcapngFrames } from './pcapng.ts'

/**
 * The frames of a pcap or pcapng file that may come in chunks, in both byte orders. Reads ahead by one block only. A damaged or cut file
 * gives what stands before the damage, and a note.
 */
export function* framesOf(chunks: Iterable<Uint8Array>, notes: Notes): Generator<Frame> {
  const queue = new ByteQueue(chunks)
  const magic = queue.take(4)
  const value = u32(magic, 0)
  if (value === 0x0a0d0d0a) yield* pcapngFrames(queue, notes)
  else if (PCAP_MAGIC.has(value)) yield* pcapFrames(queue, value, notes)
  else notes.add('not-understood', 'neither pcap nor pcapng', 1)
}

const PCAP_MAGIC: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1])
