import { expect, test } from 'vitest'
import { readIpLink } from './link.ts'

/** One kernel state as `ip -d link` and `ip -j -d link` print it (iproute2 6.1); members that no reader looks at are left out of the JSON. */
const PAIRS = [
  [
    `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 addrgenmode eui64`,
    '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"operstate":"UNKNOWN","group":"default","link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","promiscuity":0}]',
  ],
  [
    `3: br1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether a6:9e:51:70:79:5f brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 group_fwd_mask 0 group_address 01:80:c2:00:00:00 mcast_snooping 1 nf_call_iptables 1 nf_call_ip6tables 0 nf_call_arptables 0 addrgenmode eui64`,
    '[{"ifindex":3,"ifname":"br1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1450,"operstate":"UP","group":"default","link_type":"ether","address":"a6:9e:51:70:79:5f","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"bridge","info_data":{"stp_state":0,"vlan_filtering":0,"nf_call_iptables":1,"nf_call_ip6tables":0}}}]',
  ],
  [
    `4: v0@if2: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue master br0 state DOWN mode DEFAULT group default qlen 1000
    link/ether f6:09:db:bd:ce:a3 brd ff:ff:ff:ff:ff:ff link-netns crd_b promiscuity 2  allmulti 1 minmtu 68 maxmtu 65535 
    veth 
    bridge_slave state disabled priority 32 cost 2 hairpin on guard off root_block off fastleave off learning on flood on port_id 0x8001 neigh_suppress on group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated on locked off addrgenmode eui64`,
    '[{"ifindex":4,"link_index":2,"ifname":"v0","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP"],"mtu":1500,"master":"br0","operstate":"DOWN","group":"default","link_type":"ether","address":"f6:09:db:bd:ce:a3","broadcast":"ff:ff:ff:ff:ff:ff","link_netnsid":0,"promiscuity":2,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"disabled","hairpin":true,"learning":true,"flood":true,"id":"0x8001","neigh_suppress":true,"isolated":true}}}]',
  ],
  [
    `5: w1@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 6e:dd:2f:62:9e:59 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    veth addrgenmode eui64`,
    '[{"ifindex":5,"link":"v1","ifname":"w1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"operstate":"UP","group":"default","link_type":"ether","address":"6e:dd:2f:62:9e:59","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"veth"}}]',
  ],
  [
    `6: v1@w1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default qlen 1000
    link/ether a6:36:f0:ea:f8:d6 brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 
    veth 
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off learning off flood off port_id 0x8001 neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off addrgenmode eui64`,
    '[{"ifindex":6,"link":"w1","ifname":"v1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"master":"br0","operstate":"UP","group":"default","link_type":"ether","address":"a6:36:f0:ea:f8:d6","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":1,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","hairpin":false,"learning":false,"flood":false,"id":"0x8002","neigh_suppress":false,"isolated":false}}}]',
  ],
  [
    `9: vx0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master br1 state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether a6:9e:51:70:79:5f brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 
    vxlan id 42 remote 192.0.2.77 local 192.0.2.1 dev d0 srcport 0 0 dstport 4789 nolearning ttl 7 ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx 
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off learning on flood on port_id 0x8001 neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off addrgenmode eui64`,
    '[{"ifindex":9,"ifname":"vx0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1450,"master":"br1","operstate":"UNKNOWN","group":"default","link_type":"ether","address":"a6:9e:51:70:79:5f","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":1,"linkinfo":{"info_kind":"vxlan","info_data":{"id":42,"remote":"192.0.2.77","local":"192.0.2.1","link":"d0","port":4789,"learning":false,"ttl":7},"info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","hairpin":false,"learning":true,"flood":true,"id":"0x8001","neigh_suppress":false,"isolated":false}}}]',
  ],
  [
    `10: vx1: <BROADCAST,MULTICAST> mtu 1450 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether fa:1e:36:73:de:c0 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan id 43 group 239.1.1.1 dev d0 srcport 0 0 dstport 8472 ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64`,
    '[{"ifindex":10,"ifname":"vx1","flags":["BROADCAST","MULTICAST"],"mtu":1450,"operstate":"DOWN","group":"default","link_type":"ether","address":"fa:1e:36:73:de:c0","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"vxlan","info_data":{"id":43,"group":"239.1.1.1","link":"d0","port":8472,"learning":true,"ttl":0}}}]',
  ],
  [
    `11: vx2: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether 8e:e8:d5:5c:30:eb brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan external id 0 srcport 0 0 dstport 4790 nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64`,
    '[{"ifindex":11,"ifname":"vx2","flags":["BROADCAST","MULTICAST"],"mtu":1500,"operstate":"DOWN","group":"default","link_type":"ether","address":"8e:e8:d5:5c:30:eb","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"vxlan","info_data":{"external":true,"id":0,"port":4790,"learning":false,"ttl":0}}}]',
  ],
  [
    `12: vx6: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/ether 2a:16:bf:e5:f8:b7 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    vxlan id 44 remote 2001:db8::9 local 2001:db8::1 srcport 0 0 dstport 4789 ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx addrgenmode eui64`,
    '[{"ifindex":12,"ifname":"vx6","flags":["BROADCAST","MULTICAST"],"mtu":1500,"operstate":"DOWN","group":"default","link_type":"ether","address":"2a:16:bf:e5:f8:b7","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"vxlan","info_data":{"id":44,"remote6":"2001:db8::9","local6":"2001:db8::1","port":4789,"learning":true,"ttl":0}}}]',
  ],
  [
    `13: tun0: <NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT group default qlen 500
    link/none  promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    tun type tun pi off vnet_hdr off persist on addrgenmode eui64`,
    '[{"ifindex":13,"ifname":"tun0","flags":["NO-CARRIER","POINTOPOINT","MULTICAST","NOARP","UP"],"mtu":1500,"operstate":"DOWN","group":"default","link_type":"none","promiscuity":0,"linkinfo":{"info_kind":"tun","info_data":{"type":"tun"}}}]',
  ],
  [
    `15: mv0@d0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether ca:0e:11:b7:32:33 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    macvlan mode bridge bcqueuelen 1000 usedbcqueuelen 1000 addrgenmode eui64`,
    '[{"ifindex":15,"link":"d0","ifname":"mv0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"operstate":"UP","group":"default","link_type":"ether","address":"ca:0e:11:b7:32:33","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":0,"linkinfo":{"info_kind":"macvlan","info_data":{"mode":"bridge"}}}]',
  ],
] as const

/** Facts as far as both forms tell them. The text names the peer's namespace where ip(8) knows it, the JSON numbers it. */
const bare = (text: string) => readIpLink(text, 'f').facts.map((link) => ({ ...link, source: 0, peerNetns: 0, peerNetnsId: 0 }))

test.each(PAIRS)('text and JSON of a link are read alike: %.40s', (text, json) => {
  expect(bare(text)).toEqual(bare(json))
  expect(readIpLink(text, 'f').notes).toEqual([])
  expect(readIpLink(json, 'f').notes).toEqual([])
})

test('indentation cut off, carriage returns and colours change nothing', () => {
  for (const [text] of PAIRS) {
    const start = String.fromCharCode(27)
    expect(bare(text.replaceAll(/^ +/gm, ''))).toEqual(bare(text))
    expect(bare(text.replaceAll('\n', '\r\n'))).toEqual(bare(text))
    expect(bare(text.replace(/(\w+): </, `${start}[36m$1: ${start}[0m<`))).toEqual(bare(text))
    expect(bare(text.replaceAll('\n', '\\'))).toEqual(bare(text))
    expect(bare(text.replace(' state ', '\nstate ').replace(',MULTICAST', ',\nMULTICAST'))).toEqual(bare(text))
  }
})

const link = (text: string) => readIpLink(text, 'hosts/a/ip-link.txt').facts[0]

test('a bridge port keeps its settings', () => {
  const port = PAIRS.map(([text]) => link(text)).find((l) => l?.name === 'v0')
  expect(port?.port).toEqual({ hairpin: true, isolated: true, state: 'disabled', flood: true, learning: true, neighSuppress: true })
  expect(port).toMatchObject({ master: 'br0', peerIndex: 2, peerNetns: 'crd_b', promiscuous: true, type: 'veth' })
})

test('vxlan options', () => {
  const text = PAIRS.map(([t]) => link(t)?.vxlan)
  expect(text).toContainEqual({ id: 42, local: 0xc0000201, remote: 0xc000024d, device: 'd0', port: 4789, learning: false, external: false })
  expect(text).toContainEqual({ id: 43, group: 0xef010101, device: 'd0', port: 8472, learning: true, external: false })
  expect(text).toContainEqual({ id: 0, port: 4790, learning: false, external: true })
})

// Kinds that the kernel at hand did not have, in the words of iproute2's ip/link_*.c.
const HEAD = (name: string) =>
  `7: ${name}: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/`
test.each([
  [
    'tunl1@NONE',
    'ipip 192.0.2.1 peer 192.0.2.9 promiscuity 0 \n    ipip ipip remote 192.0.2.9 local 192.0.2.1 ttl 64 pmtudisc',
    { type: 'ipip', linkType: 'ipip', mac: undefined, tunnel: { local: 0xc0000201, remote: 0xc0000209, ttl: 64 } },
  ],
  [
    'gre1@NONE',
    'gre 192.0.2.1 peer 192.0.2.9 promiscuity 0 \n    gre remote 192.0.2.9 local 192.0.2.1 ttl inherit ikey 0.0.0.5 okey 0.0.0.5 ',
    { type: 'gre', tunnel: { local: 0xc0000201, remote: 0xc0000209, key: 5 } },
  ],
  [
    'sit0@NONE',
    'sit 0.0.0.0 brd 0.0.0.0 promiscuity 0 \n    sit ip6ip remote any local any ttl 64 nopmtudisc',
    { type: 'sit', linkType: 'sit' },
  ],
  ['wg0', 'none  promiscuity 0 \n    wireguard addrgenmode none', { type: 'wireguard', linkType: 'none' }],
  [
    'eth0.5@eth0',
    'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    vlan protocol 802.1Q id 5 <REORDER_HDR> addrgenmode eui64',
    { type: 'vlan', vlan: { id: 5, protocol: '802.1Q' }, peerName: 'eth0' },
  ],
  [
    'iv0@if2',
    'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 3 promiscuity 0 \n    ipvlan  mode l3 bridge addrgenmode eui64',
    { type: 'ipvlan', macvlanMode: 'l3', peerIndex: 2, peerNetnsId: 3 },
  ],
  [
    'gn0',
    'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    geneve id 9 remote 192.0.2.60 ttl auto dstport 6081 ',
    { type: 'geneve', tunnel: { remote: 0xc000023c, key: 9 } },
  ],
  [
    'mgmt',
    'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    vrf table 77 addrgenmode eui64',
    { type: 'vrf', vrfTable: '77' },
  ],
  ['dummy0', 'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    dummy addrgenmode eui64', { type: 'dummy' }],
  [
    'nk0@if3',
    'ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 allmulti 0 minmtu 68 maxmtu 65535 \n    unheardof mode l3 addrgenmode eui64',
    { type: 'unheardof', peerIndex: 3 },
  ],
])('%s', (name, rest, expected) => {
  const read = readIpLink(HEAD(name) + rest, 'f')
  expect(read.facts[0]).toMatchObject(expected)
  expect(read.notes).toEqual([])
})

test('ip -br link', () => {
  const read = readIpLink(
    'lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \nv0@if2           DOWN           F6:09:db:bd:ce:a3 <NO-CARRIER,BROADCAST,MULTICAST,UP> \n',
    'f',
  )
  expect(read.facts.map(({ name, state, mac, peerIndex }) => [name, state, mac, peerIndex])).toEqual([
    ['lo', 'UNKNOWN', '00:00:00:00:00:00', undefined],
    ['v0', 'DOWN', 'f6:09:db:bd:ce:a3', 2],
  ])
  expect(read.notes).toEqual([])
})

test('facts say where they stood, and other lines are noted', () => {
  const read = readIpLink(
    '$ ip link\n1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    altname x\nbash: foo: command not found\n',
    'notes.md',
  )
  expect(read.facts[0]?.source).toEqual({ file: 'notes.md', line: 2 })
  expect(read.notes.map((note) => note.source.line)).toEqual([5])
})

test('statistics of -s are passed over', () => {
  const read = readIpLink(
    '3: eth1: <UP> mtu 1500 state UP group 7\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    RX:  bytes packets errors dropped  missed   mcast\n           304       4      0       0       0       4\n    TX:  bytes packets errors dropped carrier collsns\n           274       3      0       0       0       0\n',
    'f',
  )
  expect(read.notes).toEqual([])
  expect(read.facts[0]).toMatchObject({ group: '7', mtu: 1500 })
})
