import { expect, test } from 'vitest'
import { savedCounts } from './counters.ts'
import { resolveAll } from './follow.ts'
import { addressBytes, addressText, decode, encode, idOf } from './frames.ts'
import { drawScenario } from './generate/scenario.ts'
import { Random } from './random.ts'
import { FAMILIES, nftText, restoreText } from './scenario.ts'
import { ddmin } from './shrink.ts'
import { legacyStation } from './truth.ts'

test('a seed gives the same scenario again, and another seed another one', () => {
  for (const family of FAMILIES) {
    expect(drawScenario(family, 7, 5)).toEqual(drawScenario(family, 7, 5))
    expect(drawScenario(family, 7, 5)).not.toEqual(drawScenario(family, 8, 5))
  }
})

test('no two packets of a volley share a flow, but for those that follow an opener', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { packets, openers } = drawScenario('iptables-nft', seed, 10)
    const first = [...packets, ...openers].filter((p) => !p.follows)
    expect(new Set([...packets, ...openers].map((p) => p.id)).size).toBe(packets.length + openers.length)
    expect(new Set(first.map((p) => `${p.proto} ${p.sport}`)).size).toBe(first.length)
    for (const { follows } of packets) if (follows) expect(openers.map((o) => o.id)).toContain(follows.id)
  }
})

test('what follows takes the header of what it follows, or turns it round where that arrived', () => {
  const packet = {
    from: 'P1',
    src: '10.42.0.11',
    dst: '10.43.0.10',
    proto: 'tcp',
    id: 1,
    sport: 1000,
    dport: 80,
    flags: 'syn',
    length: 44,
  } as const
  const delivered = { ns: 'X', src: '192.0.2.10', dst: '198.51.100.7', sport: 40000, dport: 8080, ttl: 63, oif: 'wg0' }
  const spec = { from: 'P1', dst: '', proto: 'tcp', id: 2, flags: 'syn,ack', length: 44 } as const
  const opened = [{ packet, truth: { path: [], verdict: 'delivered', delivered } as const }]
  const back = resolveAll([{ ...spec, follows: { id: 1, way: 'back' } }], opened, () => true)
  expect(back).toEqual([{ ...spec, from: 'X', iif: 'wg0', src: '198.51.100.7', dst: '192.0.2.10', sport: 8080, dport: 40000, back: true }])
  const again = resolveAll([{ ...spec, follows: { id: 1, way: 'again' } }], opened, () => true)
  expect(again).toEqual([{ ...spec, src: '10.42.0.11', dst: '10.43.0.10', sport: 1000, dport: 80 }])
  expect(resolveAll([{ ...spec, follows: { id: 9, way: 'back' } }], opened, () => true)).toEqual([])
})

test('rules jump only to chains that stand in the same table', () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const table of drawScenario('iptables-legacy', seed, 1).tables) {
      const jumps = [...restoreText([table]).matchAll(/ -[jg] ([A-Z]\d\S*)$/gm)].map((match) => match[1])
      expect(table.chains.map((c) => c.name)).toEqual(expect.arrayContaining(jumps))
    }
    expect(nftText(drawScenario('nft', seed, 1).native)).not.toContain('undefined')
  }
})

test('random choices stay in their bounds and reach both ends', () => {
  const random = new Random(1)
  const drawn = Array.from({ length: 2000 }, () => random.int(3, 6))
  expect(new Set(drawn)).toEqual(new Set([3, 4, 5, 6]))
  expect(random.sample([1, 2, 3], 5)).toHaveLength(3)
})

test.each(['10.42.0.11', 'fd00:42::11', '::', '::1', '2001:db8:0:1::', '1:0:0:2::3', 'fd00:9::1:1'])(
  '%s survives bytes and back',
  (text) => {
    expect(addressText(addressBytes(text))).toBe(text)
  },
)

test.each([
  { src: '10.42.0.11', dst: '10.43.0.10', proto: 'tcp', id: 40000, sport: 1234, dport: 80, flags: 2, ttl: 64, tos: 16, length: 60 },
  { src: '192.0.2.20', dst: '10.8.0.1', proto: 'udp', id: 1, sport: 53, dport: 53, ttl: 1, tos: 0, length: 28 },
  { src: 'fd00:42::11', dst: 'fd00:43::53', proto: 'udp', id: 0xffff, sport: 9, dport: 10, ttl: 255, tos: 184, length: 148 },
] as const)('a packet is read back as it was made: $src to $dst', (headers) => {
  const bytes = encode(headers)
  const { src, dst, sport, dport, ttl, tos } = headers
  expect(bytes).toHaveLength(headers.length)
  expect(idOf(bytes)).toBe(headers.id)
  expect(decode(bytes)).toEqual({ src, dst, sport, dport, ttl, tos })
})

test('ddmin keeps what is needed together and nothing else', async () => {
  const parts = Array.from({ length: 40 }, (_, i) => i)
  const kept = await ddmin(parts, (list) => Promise.resolve([3, 17, 38].every((n) => list.includes(n))))
  expect(kept).toEqual([3, 17, 38])
})

test('counters are numbered as the rules stand, chain by chain', () => {
  const text = '*nat\n:PREROUTING ACCEPT [0:0]\n[2:80] -A PREROUTING -j A\n[0:0] -A A -p tcp\n[1:40] -A A -j ACCEPT\nCOMMIT\n'
  expect([...savedCounts(text)]).toEqual([
    ['nat/PREROUTING/1', 2],
    ['nat/A/2', 1],
  ])
})

test('legacy TRACE: an unconditional verdict is called policy or return, and is the rule of that number all the same', () => {
  const loaded = {
    byHandle: new Map(),
    rules: new Map([
      ['filter/INPUT', ['-A INPUT -j DROP']],
      ['filter/U', ['-A U -j RETURN']],
    ]),
    policies: new Map([['filter/INPUT', 'ACCEPT']]),
  }
  expect(legacyStation(loaded, 'TRACE: filter:INPUT:policy:1 ')).toEqual({ table: 'filter', chain: 'INPUT', rule: 1, verdict: 'DROP' })
  expect(legacyStation(loaded, 'TRACE: filter:INPUT:policy:2 ')).toEqual({
    table: 'filter',
    chain: 'INPUT',
    rule: 'policy',
    verdict: 'ACCEPT',
  })
  expect(legacyStation(loaded, 'TRACE: filter:U:return:1 ')).toEqual({ table: 'filter', chain: 'U', rule: 1, verdict: 'RETURN' })
  expect(legacyStation(loaded, 'TRACE: filter:U:return:2 ')).toBeUndefined()
})
