import type { CapturedArp } from '../../facts/captured-packet.ts'
import { textEnd } from './ends.ts'

const REQUEST = /\b[Ww]ho[ -]has (\S{1,255}?)(?: \([^)]{1,40}\))?[?]?,? [Tt]ell (\S{1,255}?)(?:,|\s|$)/
const REPLY = /(\S{1,255}) is[ -]at ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/
const GRATUITOUS = /(?:Gratuitous ARP|ARP Announcement) for (\S{1,255})/
const SOLICITATION = /\bneighbor solicitation,.{0,40}? who has (\S{1,64}?)(?:,|\s|$)/i
const ADVERTISEMENT = /\bneighbor advertisement,.{0,40}? tgt is (\S{1,64}?)(?:,|\s|$)/i
const LINK_ADDRESS = /(?:source|destination|target) link-address option[^:]{0,30}: ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/i

/** `Request who-has 10.1.0.1 tell 10.1.0.2`, `Reply 10.1.0.1 is-at …`, tshark's `Who has 10.1.0.1? Tell 10.1.0.2`, neighbour discovery. */
export function arpText(text: string, sourceMac: string | undefined, from: CapturedArp['sender']): CapturedArp | undefined {
  const request = REQUEST.exec(text)
  if (request) {
    const sender = textEnd(request[2] as string).address
    return {
      operation: 'request',
      senderMac: sourceMac,
      sender: sender === 0 ? undefined : sender,
      target: textEnd(request[1] as string).address,
    }
  }
  const reply = REPLY.exec(text)
  if (reply) return { operation: 'reply', senderMac: reply[2], sender: textEnd(reply[1] as string).address, target: undefined }
  const announced = GRATUITOUS.exec(text)
  if (announced) {
    const own = textEnd(announced[1] as string).address
    return { operation: 'request', senderMac: sourceMac, sender: own, target: own }
  }
  const mac = LINK_ADDRESS.exec(text)?.[1] ?? sourceMac
  const asked = SOLICITATION.exec(text)
  if (asked)
    return { operation: 'request', senderMac: mac, sender: from === 0n ? undefined : from, target: textEnd(asked[1] as string).address }
  const told = ADVERTISEMENT.exec(text)
  return told ? { operation: 'reply', senderMac: mac, sender: textEnd(told[1] as string).address, target: undefined } : undefined
}
