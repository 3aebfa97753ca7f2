import { ETHERTYPE } from '../pcap/link-layer.ts'

/** What stands before the network packet. */
export interface TextHeader {
  readonly time: number | undefined
  readonly device: string | undefined
  readonly direction: 'in' | 'out' | 'other' | undefined
  readonly deviceIndex: number | undefined
  readonly any: boolean
  readonly sourceMac: string | undefined
  readonly destinationMac: string | undefined
  readonly vlans: readonly number[]
  readonly etherType: number | undefined
  readonly rest: string
}

const WHEN = /^(?:(\d{4})-(\d\d)-(\d\d) )?(?:(\d\d):(\d\d):(\d\d\.\d+)|(\d{9,10}\.\d+))\s+/
/** `-i any`; a name that the reading machine does not know is printed as `?`. */
const COOKED = /^(\S{1,32})\s+(In|Out|B|M|P|Bifurcated)\s+/
const INDEX = /^ifindex (\d+)\s+/
const MAC = '(?:[0-9a-f]{2}:){5}[0-9a-f]{2}'
const VENDOR = '(?: \\(oui [^)]{0,40}\\))?'
const ETHERNET = new RegExp(
  `^(${MAC}|Broadcast|[\\w:.-]{1,60})?${VENDOR}(?: > (${MAC}|Broadcast|[\\w:.-]{1,60})${VENDOR})?,? ?ethertype [\\w.]{1,20}(?: \\(0x([0-9a-f]{4})\\))?, length \\d+: `,
)
const VLAN = /^vlan (\d+), p \d+,(?: DEI,)? ethertype [\w.]{1,20}(?: \(0x([0-9a-f]{4})\))?,? /
/** Without -e the kind of the packet stands before it, with -v in front of the brackets. */
const KIND = /^(IP6|IP|ARP,)\s+/

export function textHeader(text: string): TextHeader {
  let rest = text
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const found = pattern.exec(rest)
    if (found) rest = rest.slice(found[0].length)
    return found
  }
  const time = timeOf(take(WHEN))
  const cooked = take(COOKED)
  const index = take(INDEX)
  const ethernet = take(ETHERNET)
  let etherType = ethernet ? typeOf(ethernet[3]) : undefined
  const vlans: number[] = []
  for (let vlan = take(VLAN); vlan; vlan = take(VLAN)) {
    vlans.push(Number(vlan[1]))
    etherType = typeOf(vlan[2]) ?? etherType
  }
  const kind = take(KIND)
  if (kind) etherType = kind[1] === 'IP' ? ETHERTYPE.ipv4 : kind[1] === 'IP6' ? ETHERTYPE.ipv6 : ETHERTYPE.arp
  const mac = (found: string | undefined) =>
    found && /^[0-9a-f]{2}:/.test(found) ? found : found === 'Broadcast' ? 'ff:ff:ff:ff:ff:ff' : undefined
  return {
    time,
    device: cooked && cooked[1] !== '?' ? cooked[1] : undefined,
    direction: cooked ? (cooked[2] === 'Out' ? 'out' : cooked[2] === 'P' ? 'other' : 'in') : undefined,
    any: cooked !== null,
    deviceIndex: index ? Number(index[1]) : undefined,
    sourceMac: mac(ethernet?.[1]),
    destinationMac: mac(ethernet?.[2]),
    vlans,
    etherType,
    rest,
  }
}

const typeOf = (hex: string | undefined): number | undefined => (hex === undefined ? undefined : Number.parseInt(hex, 16))

/** Seconds since 1970 with a date or as `-tt`, else since midnight. */
function timeOf(found: RegExpExecArray | null): number | undefined {
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, epoch] = found
  if (epoch !== undefined) return Number(epoch)
  const days = year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000
  return days + Number(hour) * 3600 + Number(minute) * 60 + Number(second)
}
