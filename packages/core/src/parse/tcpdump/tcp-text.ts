import type { CapturedIp, Checksum } from '../../facts/captured-packet.ts'
import { PROTOCOL, TCP_FLAGS } from '../../net/packet.ts'
import { pseudoSum } from '../pcap/checksum.ts'

// biome-ignore format: a table
const LETTERS: Readonly<Record<string, number>> = {
  S: TCP_FLAGS.syn, F: TCP_FLAGS.fin, R: TCP_FLAGS.rst, P: TCP_FLAGS.psh, '.': TCP_FLAGS.ack, U: TCP_FLAGS.urg, E: TCP_FLAGS.ece, W: TCP_FLAGS.cwr,
}

/** `Flags [S.], cksum 0x1435 (incorrect -> 0x09ec), seq 1:17, ack 1, win 64240, options […], length 16` */
export function tcpText(rest: string, base: CapturedIp): Partial<CapturedIp> {
  const letters = /^Flags \[([^\]]{0,12})\]/.exec(rest)?.[1] ?? ''
  const flags = letters === 'none' ? 0 : [...letters].reduce((bits, letter) => bits | (LETTERS[letter] ?? 0), 0)
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(rest)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  const seq = number(/, seq (\d+)/)
  const last = number(/, seq \d+:(\d+)/)
  const payload = number(/, length (\d+)/) ?? (last !== undefined && seq !== undefined ? last - seq : undefined)
  return {
    protocol: PROTOCOL.tcp,
    payload,
    checksum: checksumOf(rest, base),
    tcp: {
      flags,
      seq,
      ack: number(/, ack (\d+)/),
      window: number(/, win (\d+)/),
      mss: number(/\bmss (\d+)/),
      relative: (flags & TCP_FLAGS.syn) === 0,
    },
  }
}

/** tcpdump tells right from wrong; whether a wrong one is the pseudo header's sum follows from the addresses and the length. */
function checksumOf(rest: string, { src, dst, length }: CapturedIp): Checksum {
  const found = /, cksum 0x([0-9a-f]{4}) \((correct|incorrect)/.exec(rest)
  if (!found) return 'unknown'
  if (found[2] === 'correct') return 'good'
  if (src === undefined || dst === undefined || length === undefined) return 'unknown'
  const header = typeof src === 'bigint' ? 40 : 20
  const shown = Number.parseInt(found[1] as string, 16)
  const partial = shown === pseudoSum(src, dst, PROTOCOL.tcp, length - header) || shown === pseudoSum(src, dst, PROTOCOL.tcp, 0)
  return partial ? 'partial' : 'bad'
}
