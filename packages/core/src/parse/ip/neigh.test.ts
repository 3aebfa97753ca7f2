import { expect, test } from 'vitest'
import { readIpNeigh } from './neigh.ts'

/** Lines of `ip neigh` and `ip neigh show proxy`, `-s`, and the objects of `-j`, from one kernel. */
const ROWS = [
  [
    '192.0.2.34 dev d0 lladdr 02:00:00:00:00:34 REACHABLE ',
    '192.0.2.34 dev d0 lladdr 02:00:00:00:00:34  ref 1 used 0/0/0probes 0 REACHABLE ',
    '{"dst":"192.0.2.34","dev":"d0","lladdr":"02:00:00:00:00:34","state":["REACHABLE"]}',
  ],
  [
    '192.0.2.80 dev d0 INCOMPLETE ',
    '192.0.2.80 dev d0  ref 1 used 0/60/0probes 4 INCOMPLETE ',
    '{"dst":"192.0.2.80","dev":"d0","state":["INCOMPLETE"]}',
  ],
  ['192.0.2.35 dev d0 FAILED ', '192.0.2.35 dev d0  used 0/60/0probes 0 FAILED ', '{"dst":"192.0.2.35","dev":"d0","state":["FAILED"]}'],
  [
    '192.0.2.37 dev d0 lladdr 02:00:00:00:00:37 extern_learn NOARP ',
    '192.0.2.37 dev d0 lladdr 02:00:00:00:00:37 extern_learn  used 0/0/0probes 0 NOARP ',
    '{"dst":"192.0.2.37","dev":"d0","lladdr":"02:00:00:00:00:37","extern_learn":null,"state":["NOARP"]}',
  ],
  [
    '192.0.2.39 dev d0 lladdr 02:00:00:00:00:39 PERMANENT proto static ',
    '192.0.2.39 dev d0 lladdr 02:00:00:00:00:39  used 0/0/0probes 0 PERMANENT proto static ',
    '{"dst":"192.0.2.39","dev":"d0","lladdr":"02:00:00:00:00:39","state":["PERMANENT"],"protocol":"static"}',
  ],
  [
    '2001:db8::33 dev d0 lladdr 02:00:00:00:00:33 router STALE ',
    '2001:db8::33 dev d0 lladdr 02:00:00:00:00:33 router  used 0/60/0probes 0 STALE ',
    '{"dst":"2001:db8::33","dev":"d0","lladdr":"02:00:00:00:00:33","router":null,"state":["STALE"]}',
  ],
  ['2001:db8::36 dev d0 proxy ', '2001:db8::36 dev d0 proxy ', '{"dst":"2001:db8::36","dev":"d0","proxy":null}'],
] as const

const bare = (text: string) => readIpNeigh(text, 'f').facts.map((neighbour) => ({ ...neighbour, source: 0 }))

test.each(ROWS)('text, -s and JSON are read alike: %s', (text, statistics, json) => {
  expect(bare(text)).toEqual(bare(`[${json}]`))
  expect(bare(statistics)).toEqual(bare(text))
  expect(bare(text)).toHaveLength(1)
  for (const form of [text, statistics, `[${json}]`]) expect(readIpNeigh(form, 'f').notes).toEqual([])
})

test('facts', () => {
  expect(
    bare(ROWS.map(([line]) => line).join('\n')).map(({ family, device, mac, state, proxy }) => [family, device, mac, state, proxy]),
  ).toEqual([
    ['ip', 'd0', '02:00:00:00:00:34', 'REACHABLE', false],
    ['ip', 'd0', undefined, 'INCOMPLETE', false],
    ['ip', 'd0', undefined, 'FAILED', false],
    ['ip', 'd0', '02:00:00:00:00:37', 'NOARP', false],
    ['ip', 'd0', '02:00:00:00:00:39', 'PERMANENT', false],
    ['ip6', 'd0', '02:00:00:00:00:33', 'STALE', false],
    ['ip6', 'd0', undefined, 'NONE', true],
  ])
})

test.each([
  [
    'arp -an',
    '? (192.0.2.1) at 02:00:00:00:00:01 [ether] on eth0\n? (192.0.2.9) at <incomplete> on eth0\ngw.example (192.0.2.3) at 02:00:00:00:00:03 [ether] PERM on eth0',
  ],
  [
    'arp -n',
    'Address                  HWtype  HWaddress           Flags Mask            Iface\n192.0.2.1                ether   02:00:00:00:00:01   C                     eth0\n192.0.2.9                        (incomplete)                              eth0\n192.0.2.3                ether   02:00:00:00:00:03   CM                    eth0',
  ],
  [
    '/proc/net/arp',
    'IP address       HW type     Flags       HW address            Mask     Device\n192.0.2.1        0x1         0x2         02:00:00:00:00:01     *        eth0\n192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0\n192.0.2.3        0x1         0x6         02:00:00:00:00:03     *        eth0',
  ],
])('%s', (_, text) => {
  expect(bare(text).map(({ mac, state, device }) => [mac, state, device])).toEqual([
    ['02:00:00:00:00:01', 'STALE', 'eth0'],
    [undefined, 'INCOMPLETE', 'eth0'],
    ['02:00:00:00:00:03', 'PERMANENT', 'eth0'],
  ])
  expect(readIpNeigh(text, 'f').notes).toEqual([])
})
