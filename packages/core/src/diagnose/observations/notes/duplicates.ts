import { parseAddress } from '../../../net/address.ts'
import { PROTOCOL } from '../../../net/packet.ts'
import type { PacketsSeen } from '../observation.ts'
import type { Page } from './page.ts'

/** arping(8), iputils and Thomas Habets': `Unicast reply from 192.0.2.9 [DC:A6:32:11:22:33]`, `60 bytes from dc:a6:… (192.0.2.9)`. */
const REPLIES: readonly RegExp[] = [
  /(?:Unicast|Broadcast) reply from (?<address>[\d.]{7,15}) \[(?<mac>[0-9A-Fa-f:]{17})\]/,
  /bytes from (?<mac>[0-9A-Fa-f:]{17}) \((?<address>[\d.]{7,15})\): index=\d/,
]

interface Answer {
  readonly line: number
  readonly macs: Set<string>
}

/** Addresses that several link addresses answer for, as arping shows it. */
export function duplicatesOf(page: Page): readonly PacketsSeen[] {
  const answers = new Map<string, Answer>()
  for (const [i, line] of page.lines.entries()) {
    const groups = REPLIES.map((form) => form.exec(line.slice(0, 300))?.groups).find((found) => found !== undefined)
    if (!groups?.address || !groups.mac) continue
    const known = answers.get(groups.address) ?? { line: i + 1, macs: new Set<string>() }
    known.macs.add(groups.mac.toLowerCase())
    answers.set(groups.address, known)
  }
  return [...answers].filter(([, { macs }]) => macs.size > 1).map(([address, { line, macs }]) => seen(page.file, address, line, [...macs]))
}

const seen = (file: string, address: string, line: number, macs: readonly string[]): PacketsSeen => ({
  kind: 'packet',
  sighting: 'duplicate-address',
  flow: { protocol: PROTOCOL.icmp, src: undefined, sport: 0, dst: parseAddress(address), dport: 0 },
  host: undefined,
  netns: '',
  interfaces: [],
  macs,
  text: `${address} is answered for by ${macs.slice(0, 4).join(' and ')}`,
  source: { file, line },
})
