import type { Notes } from '../notes.ts'
import type { ByteQueue } from './bytes.ts'
import { type Frame, MAX_FRAME } from './frame.ts'
import { numberAt, shortAt } from './pcap.ts'

interface Interface {
  readonly linkType: number
  readonly name: string | undefined
  readonly snapLength: number
  /** Units in a second. */
  readonly resolution: number
  readonly offset: number
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, obsoletePacket: 2, simplePacket: 3, enhancedPacket: 6 } as const
/** A block holds a frame and its options. */
const MAX_BLOCK = MAX_FRAME + (1 << 20)
const MAX_INTERFACES = 4096

/** pcapng (draft-ietf-opsawg-pcapng), from behind the first block's type. Blocks of other kinds are passed over. */
export function* pcapngFrames(queue: ByteQueue, notes: Notes): Generator<Frame> {
  let interfaces: Interface[] = []
  let little = false
  let number = 0
  for (let first = true; ; first = false) {
    const head = first ? SECTION : queue.take(4)
    if (head.length === 0) return
    const lengthField = queue.take(4)
    const cut = () => notes.add('broken', `the capture is cut off behind packet ${number}`, Math.max(1, number))
    if (head.length < 4 || lengthField.length < 4) return cut()
    const isSection = numberAt(head, 0, false) === BLOCK.section
    const order = isSection ? queue.take(4) : undefined
    if (order) {
      little = numberAt(order, 0, true) === 0x1a2b3c4d
      if (!little && numberAt(order, 0, false) !== 0x1a2b3c4d)
        return notes.add('broken', 'a section without byte order', Math.max(1, number))
      interfaces = []
    }
    const length = numberAt(lengthField, 0, little)
    if (length < 12 || length > MAX_BLOCK || length % 4 !== 0)
      return notes.add(
        'broken',
        `a block of ${length} bytes behind packet ${number}: the capture is damaged from here on`,
        Math.max(1, number),
      )
    const want = length - 8 - (order ? 4 : 0)
    const body = queue.take(want)
    const type = numberAt(head, 0, little)
    if (!isSection && body.length >= want - 4) {
      if (type === BLOCK.interface && interfaces.length < MAX_INTERFACES) interfaces.push(interfaceOf(body.subarray(0, want - 4), little))
      const frame = frameOf(type, body.subarray(0, want - 4), little, interfaces, number + 1)
      if (frame === 'broken') notes.add('broken', `packet ${++number} has no interface or runs over its block`, number)
      else if (frame) {
        number++
        yield frame
      }
    }
    if (body.length < want) return cut()
  }
}

const SECTION = Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a)

function interfaceOf(body: Uint8Array, little: boolean): Interface {
  let name: string | undefined
  let resolution = 1e6
  let offset = 0
  for (const { code, value } of optionsOf(body, 8, little)) {
    if (code === 2) name = textOf(value)
    else if (code === 9) resolution = resolutionOf(value[0] ?? 6)
    else if (code === 14 && value.length >= 8)
      offset = numberAt(value, little ? 0 : 4, little) + numberAt(value, little ? 4 : 0, little) * 2 ** 32
  }
  return { linkType: shortAt(body, 0, little), name, snapLength: numberAt(body, 4, little), resolution, offset }
}

/** if_tsresol: a power of ten, or of two with the upper bit set. Finer than 64 bits can count is damage. */
function resolutionOf(byte: number): number {
  const power = byte & 0x7f
  if (power > (byte & 0x80 ? 62 : 18)) return 1e6
  return byte & 0x80 ? 2 ** power : 10 ** power
}

function frameOf(
  type: number,
  body: Uint8Array,
  little: boolean,
  interfaces: readonly Interface[],
  number: number,
): Frame | 'broken' | undefined {
  if (type === BLOCK.simplePacket) {
    const on = interfaces[0]
    const originalLength = numberAt(body, 0, little)
    const length = Math.min(originalLength, body.length - 4, on?.snapLength || Number.POSITIVE_INFINITY)
    if (!on || length < 0) return 'broken'
    return {
      number,
      time: undefined,
      linkType: on.linkType,
      device: on.name,
      direction: undefined,
      data: body.subarray(4, 4 + length),
      originalLength,
    }
  }
  if (type !== BLOCK.enhancedPacket && type !== BLOCK.obsoletePacket) return undefined
  const on = interfaces[type === BLOCK.enhancedPacket ? numberAt(body, 0, little) : shortAt(body, 0, little)]
  const length = numberAt(body, 12, little)
  if (!on || body.length < 20 || length > body.length - 20) return 'broken'
  // 64 bits do not fit a double exactly; whole seconds and the rest are taken apart first
  const ticks = (BigInt(numberAt(body, 4, little)) << 32n) | BigInt(numberAt(body, 8, little))
  const units = BigInt(on.resolution)
  const time = on.offset + Number(ticks / units) + Number(ticks % units) / on.resolution
  const options = body.subarray(20 + Math.ceil(length / 4) * 4)
  return {
    number,
    time,
    linkType: on.linkType,
    device: on.name,
    direction: type === BLOCK.enhancedPacket ? directionOf(options, little) : undefined,
    data: body.subarray(20, 20 + length),
    originalLength: numberAt(body, 16, little),
  }
}

function directionOf(options: Uint8Array, little: boolean): 'in' | 'out' | undefined {
  for (const { code, value } of optionsOf(options, 0, little))
    if (code === 2 && value.length >= 4) return ([undefined, 'in', 'out', undefined] as const)[numberAt(value, 0, little) & 3]
  return undefined
}

function* optionsOf(bytes: Uint8Array, from: number, little: boolean): Generator<{ readonly code: number; readonly value: Uint8Array }> {
  for (let at = from; at + 4 <= bytes.length; ) {
    const code = shortAt(bytes, at, little)
    const length = shortAt(bytes, at + 2, little)
    if (code === 0 || at + 4 + length > bytes.length) return
    yield { code, value: bytes.subarray(at + 4, at + 4 + length) }
    at += 4 + Math.ceil(length / 4) * 4
  }
}

/** UTF-8; names of interfaces are ASCII in practice. */
function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes.subarray(0, 64)) {
    if (byte === 0) break
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?'
  }
  return text
}
