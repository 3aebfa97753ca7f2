import { plain } from '../lines.ts'

/** The lines of one packet, joined. */
export interface PacketText {
  /** 1-based line where it begins. */
  readonly line: number
  readonly text: string
}

const TIME = /^(?:\d{4}-\d\d-\d\d )?(?:\d\d:\d\d:\d\d\.\d{1,9}|\d{9,10}\.\d{1,9})\s+\S/
/** `-t` prints no time; `tshark` a number before it. */
const UNTIMED = /^(?:\S{1,32}\s+(?:In|Out|B|M|P)\s+)?(?:IP6? [^\s]|ARP, |(?:[0-9a-f]{2}:){5}[0-9a-f]{2} .{0,40}> )/
const HEX = /^\s+0x[0-9a-f]{4,}:\s/
const FOLLOWING = 4000

/**
 * Parts a listing of tcpdump into packets. `-v` prints a packet in several lines, mail and chat wrap long ones; `-x` adds dumps, which are
 * passed over.
 */
export function packetTexts(text: string): readonly PacketText[] {
  const lines = plain(text).split('\n')
  const timed = lines.some((line) => TIME.test(line.trimStart()))
  const out: { line: number; text: string }[] = []
  for (const [i, raw] of lines.entries()) {
    const line = raw.trimEnd()
    const bare = line.trimStart()
    const starts = timed ? TIME.test(bare) : UNTIMED.test(line)
    const last = out.at(-1)
    if (starts) out.push({ line: i + 1, text: bare.slice(0, FOLLOWING) })
    else if (last && bare !== '' && !HEX.test(line) && !COMMENT.test(bare)) {
      if (last.text.length < FOLLOWING) last.text += `${line.startsWith('\t') ? ' \t' : ' '}${bare}`
    }
  }
  return out
}

/** What people write between, and what tcpdump says at its end. */
const COMMENT = /^(?:#|\^C|\d+ packets? (?:captured|received|dropped)|tcpdump: |listening on |reading from |[$>%] |root@|```)/
