import { expect, test } from 'vitest'
import { readBridgeFdb } from './fdb.ts'
import { readBridgeLink } from './link.ts'

const LINKS = `4: v0@br0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 master br0 state disabled priority 32 cost 2 
    hairpin on guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress on vlan_tunnel off isolated on locked off 
9: vx0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master br1 state forwarding priority 32 cost 2 
    hairpin off guard off root_block off fastleave off learning off flood off mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off 
`
const LINKS_JSON = `[{"ifindex":4,"link":"br0","ifname":"v0","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"],"mtu":1500,"master":"br0","state":"disabled","priority":32,"cost":2,"hairpin":true,"guard":false,"learning":true,"flood":true,"neigh_suppress":true,"vlan_tunnel":false,"isolated":true,"locked":false},
{"ifindex":9,"ifname":"vx0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1450,"master":"br1","state":"forwarding","priority":32,"cost":2,"hairpin":false,"guard":false,"learning":false,"flood":false,"neigh_suppress":false,"isolated":false}]`

const links = (text: string) => readBridgeLink(text, 'f').facts.map((link) => ({ ...link, source: 0 }))

test('bridge -d link: text and JSON are read alike', () => {
  expect(links(LINKS)).toEqual(links(LINKS_JSON))
  expect(links(LINKS.replaceAll('\n    ', '\\    '))).toEqual(links(LINKS))
  expect(links(LINKS.replaceAll(/^ +/gm, ''))).toEqual(links(LINKS))
  expect(readBridgeLink(LINKS, 'f').notes).toEqual([])
  expect(links(LINKS)[0]).toMatchObject({
    index: 4,
    name: 'v0',
    master: 'br0',
    peerName: undefined,
    port: { hairpin: true, isolated: true, state: 'disabled', flood: true, learning: true, neighSuppress: true },
  })
})

test('bridge link without -d tells the state and nothing of the settings', () => {
  const [link] = links('3: veth0 state UP @eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2')
  expect(link).toMatchObject({ name: 'veth0', portState: 'forwarding', state: undefined })
  expect(link?.port).toBeUndefined()
})

const FDB = [
  ['33:33:00:00:00:01 dev br0 self permanent', '{"mac":"33:33:00:00:00:01","ifname":"br0","flags":["self"],"state":"permanent"}'],
  ['02:00:00:00:01:01 dev v0 master br0 static', '{"mac":"02:00:00:00:01:01","ifname":"v0","flags":[],"master":"br0","state":"static"}'],
  ['02:00:00:00:01:02 dev v0 vlan 7 master br0', '{"mac":"02:00:00:00:01:02","ifname":"v0","vlan":7,"flags":[],"master":"br0","state":""}'],
  [
    '02:00:00:00:01:05 dev v1 extern_learn master br0 ',
    '{"mac":"02:00:00:00:01:05","ifname":"v1","flags":["extern_learn"],"master":"br0","state":""}',
  ],
  [
    '00:00:00:00:00:00 dev vx0 dst 192.0.2.81 port 8472 vni 99 via d0 self permanent',
    '{"mac":"00:00:00:00:00:00","ifname":"vx0","dst":"192.0.2.81","port":8472,"vni":99,"viaIf":"d0","flags":["self"],"state":"permanent"}',
  ],
  [
    '02:00:00:00:01:04 dev vx2 dst 192.0.2.82 vni 8 src_vni 7 self permanent',
    '{"mac":"02:00:00:00:01:04","ifname":"vx2","dst":"192.0.2.82","vni":8,"src_vni":7,"flags":["self"],"state":"permanent"}',
  ],
  [
    '02:00:00:00:01:07 dev vx6 dst 2001:db8::77 self permanent',
    '{"mac":"02:00:00:00:01:07","ifname":"vx6","dst":"2001:db8::77","flags":["self"],"state":"permanent"}',
  ],
] as const

const fdb = (text: string) => readBridgeFdb(text, 'f').facts.map((entry) => ({ ...entry, source: 0 }))

test.each(FDB)('bridge fdb: text and JSON are read alike: %s', (text, json) => {
  expect(fdb(text)).toEqual(fdb(`[${json}]`))
  expect(fdb(text)).toHaveLength(1)
  expect(fdb(text.replace(/ (self|master)/, ' used 0/3 $1'))).toEqual(fdb(text))
  expect(readBridgeFdb(text, 'f').notes).toEqual([])
})

test('other lines are noted', () => {
  const read = readBridgeFdb('# bridge fdb\n02:00:00:00:01:01 dev v0 master br0 wonderful\nnot this\n', 'f')
  expect(read.facts).toMatchObject([{ device: 'v0', master: 'br0', flags: [] }])
  expect(read.notes.map((note) => note.source.line)).toEqual([2, 3])
})
