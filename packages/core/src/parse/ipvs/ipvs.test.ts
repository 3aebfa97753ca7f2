import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { readIpvs } from './ipvs.ts'

const LIST = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.1:443 rr persistent 10800
  -> 192.0.2.1:6443               Masq    1      0          0
UDP  10.96.0.10:53 wrr
  -> 10.244.0.2:53                Masq    1      0          0
  -> 10.244.0.3:53                Masq    0      0          0
TCP  [fd00::10]:80 lc
  -> [fd01::5]:8080               Route   3      1          2
FWM  7 IPv6 sh
TCP  kubernetes.default:https rr
`
const SAVE = `-A -t 10.96.0.1:443 -s rr -p 10800
-a -t 10.96.0.1:443 -r 192.0.2.1:6443 -m -w 1
-A -u 10.96.0.10:53 -s wrr
-a -u 10.96.0.10:53 -r 10.244.0.2:53 -m -w 1
-a -u 10.96.0.10:53 -r 10.244.0.3:53 -m -w 0
-A -t [fd00::10]:80 -s lc
-a -t [fd00::10]:80 -r [fd01::5]:8080 -g -w 3
-A -f 7 -6 -s sh
`
const bare = (text: string) =>
  readIpvs(text, 'f').facts.map(({ source: _, servers, ...service }) => ({
    ...service,
    servers: servers.map(({ source: __, ...server }) => server),
  }))

describe('virtual services', () => {
  it('are the same, listed or saved', () => {
    expect(bare(LIST)).toEqual(bare(SAVE))
    expect(bare(SAVE)).toMatchObject([
      {
        match: { protocol: 'tcp', address: parseAddress('10.96.0.1'), port: 443 },
        scheduler: 'rr',
        persistent: 10800,
        servers: [{ port: 6443, forward: 'masq' }],
      },
      { match: { protocol: 'udp', port: 53 }, servers: [{ weight: 1 }, { weight: 0 }] },
      { match: { address: parseAddress('fd00::10') }, servers: [{ forward: 'route', weight: 3 }] },
      { match: { kind: 'mark', mark: 7, family: 'ip6' }, scheduler: 'sh' },
    ])
  })

  it('keep their lines; a name where an address should stand is noted', () => {
    const { facts, notes } = readIpvs(LIST, 'f')
    expect(facts[1]?.servers[1]?.source).toEqual({ file: 'f', line: 8 })
    expect(notes).toMatchObject([{ raw: 'TCP  kubernetes.default:https rr', source: { line: 12 } }])
  })

  it('take anything', () => {
    fc.assert(fc.property(fc.string(), fc.nat(LIST.length), (text, cut) => void readIpvs(LIST.slice(0, cut) + text + SAVE.slice(cut), 'f')))
  })
})
