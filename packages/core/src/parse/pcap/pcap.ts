import type { Notes } from '../notes.ts'
import type { ByteQueue } from './bytes.ts'
import { type Frame, MAX_FRAME } from './frame.ts'

/** Classic pcap (draft-ietf-opsawg-pcap), from behind the magic number. */
export function* pcapFrames(queue: ByteQueue, magic: number, notes: Notes): Generator<Frame> {
  const little = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1
  const fraction = magic === 0xa1b23c4d || magic === 0x4d3cb2a1 ? 1e9 : 1e6
  const header = queue.take(20)
  if (header.length < 20) return notes.add('broken', 'the capture ends inside of its header', 1)
  // the upper bits hold the length of the frame check sequence
  const linkType = numberAt(header, 16, little) & 0xffff
  for (let number = 1; ; number++) {
    const record = queue.take(16)
    if (record.length === 0) return
    if (record.length < 16) return notes.add('broken', `the capture is cut off inside of packet ${number}`, number)
    const length = numberAt(record, 8, little)
    const originalLength = numberAt(record, 12, little)
    if (length > MAX_FRAME)
      return notes.add('broken', `packet ${number} claims ${length} bytes: the capture is damaged from here on`, number)
    const time = numberAt(record, 0, little) + numberAt(record, 4, little) / fraction
    const data = queue.take(length)
    if (data.length < length) notes.add('broken', `the capture is cut off inside of packet ${number}`, number)
    yield { number, time, linkType, device: undefined, direction: undefined, data, originalLength }
    if (data.length < length) return
  }
}

/** A 32-bit number in the file's own byte order. */
export function numberAt(bytes: Uint8Array, at: number, little: boolean): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
  return (little ? (d << 24) | (c << 16) | (b << 8) | a : (a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

export const shortAt = (bytes: Uint8Array, at: number, little: boolean): number =>
  little ? ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0) : ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
