import type { Document } from '../../../intake/document.ts'
import { type Address, formatAddress, parseAddress } from '../../../net/address.ts'
import type { PacketsSeen } from '../observation.ts'
import type { Page } from './page.ts'

/** `00:24:06.508987 tailscale0 Out IP iac1 > 172.17.0.4.5678: Flags [S], seq 1`: tcpdump -i any, with names in place of addresses. */
const LINE =
  /^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d+)? +(?:(?<device>[\w.@-]+) +(?<direction>In|Out|B|M|P) +)?IP6? (?<src>[\w.-]+?)(?:\.(?<sport>\d{1,5}))? > (?<dst>[\w.-]+?)\.(?<dport>\d{1,5}): Flags \[(?<flags>[A-Z.]+)\]/

interface Sent {
  readonly device: string
  readonly direction: 'in' | 'out'
  readonly src: Address
  readonly sport: number
  readonly dst: Address
  readonly dport: number
  readonly line: number
}

/**
 * SYNs of a pasted capture whose names only the notes themselves resolve: "**Server:** iac1 (100.100.101.1)". Lines with addresses in
 * both places are the capture reader's.
 */
export function packetsOf(page: Page): readonly PacketsSeen[] {
  const syns = new Map<string, Sent[]>()
  const answered = new Set<string>()
  const names = namesIn(page.lines)
  for (const [i, raw] of page.lines.entries()) {
    const groups = raw.length < 400 ? LINE.exec(raw.trim())?.groups : undefined
    if (!groups) continue
    const { src = '', dst = '', flags = '', device, direction } = groups
    if (flags.includes('S') && flags.includes('.')) answered.add(`${src} ${groups.sport ?? ''}`)
    if (flags !== 'S' || device === undefined || (direction !== 'In' && direction !== 'Out') || whole(src, groups.sport)) continue
    const from = names.get(src)
    const to = parseAddress(dst) ?? names.get(dst)
    if (from === undefined || to === undefined) continue
    const sent: Sent = {
      device,
      direction: direction === 'In' ? 'in' : 'out',
      src: from,
      sport: 0,
      dst: to,
      dport: Number(groups.dport),
      line: i + 1,
    }
    const key = `${device} ${direction} ${src} ${dst} ${groups.dport}`
    syns.set(key, [...(syns.get(key) ?? []), sent])
  }
  return [...syns.values()].map((all) => seen(all, page, answered.has(`${formatAddress((all[0] as Sent).dst)} ${all[0]?.dport}`)))
}

const whole = (src: string, sport: string | undefined): boolean => parseAddress(src) !== undefined && sport !== undefined

function seen(all: readonly Sent[], page: Page, answered: boolean): PacketsSeen {
  const [{ device, direction, src, sport, dst, dport, line }] = all as [Sent]
  const flow = { protocol: 6, src, sport, dst, dport }
  const verb = direction === 'out' ? 'leaves' : 'comes in'
  const count = all.length === 1 ? 'once' : `${all.length} times, lines ${all.map((one) => one.line).join(', ')}`
  return {
    kind: 'packet',
    sighting: answered ? 'way' : 'syn-unanswered',
    flow,
    host: page.pasted.find((one) => line >= one.line && line < one.line + one.lines.length)?.place.host,
    netns: '',
    interfaces: [{ device, direction, flow }],
    text: `SYN from ${formatAddress(src)} to ${formatAddress(dst)}:${dport} ${verb} by ${device} (${count})${answered ? '' : ', no answer in the capture'}`,
    source: { file: page.file, line },
  }
}

/** `iac1 (100.100.101.1)` anywhere in the notes; a name with two addresses is not told. */
export function namesIn(lines: readonly string[]): ReadonlyMap<string, Address> {
  const found = new Map<string, Address | undefined>()
  for (const raw of lines)
    for (const [, name, text] of raw.slice(0, 1000).matchAll(/\b([A-Za-z][\w.-]{0,62}) ?[(=] ?((?:\d{1,3}\.){3}\d{1,3})\)?/g)) {
      const address = parseAddress(text as string)
      if (address === undefined) continue
      found.set(name as string, found.has(name as string) && found.get(name as string) !== address ? undefined : address)
    }
  return new Map([...found].flatMap(([name, address]) => (address === undefined ? [] : [[name, address] as const])))
}

/** The same of all notes. */
export const namesInNotes = (documents: readonly Document[]): ReadonlyMap<string, Address> =>
  namesIn(
    documents.flatMap(({ content, text }) => (content.kind === 'recognised' && content.format === 'notes' ? (text ?? '').split('\n') : [])),
  )
