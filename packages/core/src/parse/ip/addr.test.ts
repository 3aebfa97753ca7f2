import { expect, test } from 'vitest'
import { formatAddress } from '../../net/address.ts'
import { readIpAddr } from './addr.ts'

/** One kernel state as `ip addr` and as `ip -j addr` print it. */
const TEXT = `8: d0@d0q: <BROADCAST,MULTICAST,PROMISC,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group 7 qlen 1000
    link/ether 3e:8a:01:aa:ef:6e brd ff:ff:ff:ff:ff:ff
    alias my alias
    altname verylongname
    inet 10.77.0.1/16 metric 5 scope link dynamic noprefixroute d0
       valid_lft 1000sec preferred_lft 500sec
    inet 192.0.2.1/24 brd 192.0.2.255 scope global d0
       valid_lft forever preferred_lft forever
    inet 198.51.100.7 peer 198.51.100.8/32 scope global d0
       valid_lft forever preferred_lft forever
    inet 192.0.2.9/24 scope global secondary d0:x
       valid_lft forever preferred_lft forever
    inet6 2001:db8:5::1 peer 2001:db8:5::2/128 scope global tentative 
       valid_lft forever preferred_lft forever
    inet6 2001:db8::2/64 scope global deprecated tentative 
       valid_lft forever preferred_lft 0sec
    inet6 fe80::3c8a:1ff:feaa:ef6e/64 scope link 
       valid_lft forever preferred_lft forever
`
const JSON_TEXT = `[{},{"ifindex":8,"link":"d0q","ifname":"d0","flags":["BROADCAST","MULTICAST","PROMISC","UP","LOWER_UP"],"mtu":1500,"operstate":"UP","group":"7","link_type":"ether","address":"3e:8a:01:aa:ef:6e","addr_info":[
{"family":"inet","local":"10.77.0.1","prefixlen":16,"metric":5,"scope":"link","dynamic":true,"noprefixroute":true,"label":"d0","valid_life_time":1000,"preferred_life_time":500},
{"family":"inet","local":"192.0.2.1","prefixlen":24,"broadcast":"192.0.2.255","scope":"global","label":"d0","valid_life_time":4294967295,"preferred_life_time":4294967295},
{"family":"inet","local":"198.51.100.7","address":"198.51.100.8","prefixlen":32,"scope":"global","label":"d0"},
{"family":"inet","local":"192.0.2.9","prefixlen":24,"scope":"global","secondary":true,"label":"d0:x"},
{"family":"inet6","local":"2001:db8:5::1","address":"2001:db8:5::2","prefixlen":128,"scope":"global","tentative":true},
{"family":"inet6","local":"2001:db8::2","prefixlen":64,"scope":"global","deprecated":true,"tentative":true},
{"family":"inet6","local":"fe80::3c8a:1ff:feaa:ef6e","prefixlen":64,"scope":"link"}]}]`

const bare = (text: string) => readIpAddr(text, 'f').facts.map((address) => ({ ...address, source: 0 }))

test('text and JSON are read alike', () => {
  expect(bare(TEXT)).toEqual(bare(JSON_TEXT))
  expect(bare(TEXT)).toHaveLength(7)
  expect(readIpAddr(TEXT, 'f').notes).toEqual([])
  expect(readIpAddr(TEXT, 'f').links.map((link) => ({ ...link, source: 0 }))).toEqual(
    readIpAddr(JSON_TEXT, 'f').links.map((link) => ({ ...link, source: 0 })),
  )
})

test('each address has its own line', () => {
  expect(readIpAddr(TEXT, 'f').facts.map((address) => address.source.line)).toEqual([5, 7, 9, 11, 13, 15, 17])
  expect(readIpAddr(JSON_TEXT, 'f').facts.map((address) => address.source.line)).toEqual([2, 3, 4, 5, 6, 7, 8])
})

test('-o, cut indentation, carriage returns', () => {
  const single = TEXT.split('\n')
    .filter((line) => line.includes('inet'))
    .map((line) => `8: d0${line}\\       valid_lft forever preferred_lft forever`)
  expect(bare(single.join('\n'))).toEqual(bare(TEXT))
  expect(bare(TEXT.replaceAll(/^ +/gm, ''))).toEqual(bare(TEXT))
  expect(bare(TEXT.replaceAll('\n', '\r\n'))).toEqual(bare(TEXT))
  expect(bare(TEXT.replaceAll(' scope ', '\nscope '))).toEqual(bare(TEXT))
})

test('-br: addresses and links; the flags are an assumption', () => {
  const read = readIpAddr(
    'lo               UNKNOWN        127.0.0.1/8 ::1/128 \nd0@if7           UP             10.77.0.1/16 metric 5 198.51.100.7 peer 198.51.100.8/32 fe80::1/64 \nvx1  DOWN \n',
    'f',
  )
  expect(read.facts.map(({ device, address, prefixLength, scope }) => [device, formatAddress(address), prefixLength, scope])).toEqual([
    ['lo', '127.0.0.1', 8, 'host'],
    ['lo', '::1', 128, 'host'],
    ['d0', '10.77.0.1', 16, 'global'],
    ['d0', '198.51.100.7', 32, 'global'],
    ['d0', 'fe80::1', 64, 'link'],
  ])
  expect(read.links.map(({ name, flags, peerIndex }) => [name, flags, peerIndex])).toEqual([
    ['lo', ['LOOPBACK', 'UP', 'LOWER_UP'], undefined],
    ['d0', ['UP', 'LOWER_UP'], 7],
    ['vx1', [], undefined],
  ])
  expect(read.notes.map((note) => note.kind)).toEqual(['assumed', 'assumed', 'assumed'])
})

test('JSON that breaks off keeps the links before', () => {
  const two = `${JSON_TEXT.slice(0, -1)},{"ifindex":9,"ifname":"e1","addr_info":[{"family":"inet","local":"1`
  const read = readIpAddr(two, 'f')
  expect(read.facts).toHaveLength(7)
  expect(read.notes).toMatchObject([{ kind: 'broken', source: { line: 8 } }])
})

test('ifconfig, new and old', () => {
  const read = readIpAddr(
    `docker0: flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500
        inet 172.17.0.1  netmask 255.255.0.0  broadcast 172.17.255.255
        ether 02:42:ee:4a:a1:96  txqueuelen 0  (Ethernet)
        RX packets 0  bytes 0 (0.0 B)

eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1450
        inet 10.0.0.5  netmask 255.255.255.0  broadcast 10.0.0.255
        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>
wlan0     Link encap:Ethernet  HWaddr 02:00:00:00:00:09
          inet addr:192.168.1.7  Bcast:192.168.1.255  Mask:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1400  Metric:1
`,
    'f',
  )
  expect(read.facts.map(({ device, address, prefixLength }) => `${device} ${formatAddress(address)}/${prefixLength}`)).toEqual([
    'docker0 172.17.0.1/16',
    'eth0 10.0.0.5/24',
    'eth0 fe80::1/64',
    'wlan0 192.168.1.7/24',
  ])
  expect(read.links.map(({ name, state, mtu, mac }) => [name, state, mtu, mac])).toEqual([
    ['docker0', 'DOWN', 1500, '02:42:ee:4a:a1:96'],
    ['eth0', 'UP', 1450, undefined],
    ['wlan0', 'UP', 1400, '02:00:00:00:00:09'],
  ])
  expect(read.notes).toEqual([])
})
