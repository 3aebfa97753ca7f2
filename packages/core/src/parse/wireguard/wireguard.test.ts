import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { readWireguard } from './wireguard.ts'

const KEY = 'iFkJ1r2Y2VnW1g4zXvLwB5cH8uM0qEwK9dTn3sRpA1o='
const OTHER = 'kQ0u7mJt3vXwY5zL1nB8cR2dE6fG9hS4aP0oI7uT5yE='
const SHOWN = `interface: wg0
  public key: ${KEY}
  private key: (hidden)
  listening port: 51820
  fwmark: 0xca6c

peer: ${OTHER}
  endpoint: 192.0.2.2:51820
  allowed ips: 10.42.1.0/24, fd00:42:1::/64
  latest handshake: 1 minute, 2 seconds ago
  transfer: 1.2 KiB received, 3 KiB sent
`
const DUMP = `wg0\tsecret=\t${KEY}\t51820\t0xca6c\nwg0\t${OTHER}\t(none)\t192.0.2.2:51820\t10.42.1.0/24,fd00:42:1::/64\t1700000000\t1\t2\toff\n`
const CONFIG = `[Interface]
PrivateKey = secret=
ListenPort = 51820
FwMark = 0xca6c
[Peer]
PublicKey = ${OTHER}
AllowedIPs = 10.42.1.0/24
AllowedIPs = fd00:42:1::/64
Endpoint = 192.0.2.2:51820
`
const EXPECTED = {
  device: 'wg0',
  listenPort: 51820,
  mark: 0xca6c,
  peers: [
    {
      publicKey: OTHER,
      endpoint: { address: parseAddress('192.0.2.2'), port: 51820 },
      allowed: [parsePrefix('10.42.1.0/24'), parsePrefix('fd00:42:1::/64')],
    },
  ],
}

describe('WireGuard interfaces', () => {
  it.each([
    ['wg show', SHOWN, 'wg.txt'],
    ['wg show all dump', DUMP, 'wg.txt'],
    ['wg showconf', CONFIG, 'files/etc/wireguard/wg0.conf'],
  ])('%s', (_, text, file) => {
    const { facts, notes } = readWireguard(text, file)
    expect(facts).toMatchObject([EXPECTED])
    expect(notes).toEqual([])
    expect(JSON.stringify(facts, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain('secret')
  })

  it('take anything, and let no private key out', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(DUMP.length), (text, cut) => {
        const { notes } = readWireguard(SHOWN.replace('(hidden)', 'hidden=') + text + DUMP.slice(cut), 'f')
        expect(notes.every((note) => !note.raw?.includes('hidden='))).toBe(true)
      }),
    )
  })
})
