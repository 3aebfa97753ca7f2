import { type Bytes, hex, type Ip, icmp, ipv4, ipv6, n16, n32, summed, tcp, text, udp, zeros } from './build.ts'

const A: Ip = { src: '10.1.0.2', dst: '10.2.0.2', protocol: 6 }
const A6: Ip = { src: '2001:db8:1::2', dst: '2001:db8:2::2', protocol: 6 }
const UDP: Ip = { ...A, protocol: 17 }
const NODES: Ip = { src: '192.0.2.1', dst: '192.0.2.2', protocol: 17 }
const MSS = hex('020405b4')
const SYN = summed(A, tcp(40000, 80, 2, 0xfffffff0, 0, [], MSS), 16)
const inner = ipv4(A, SYN)
const innerFrame = [...hex('0a00000000020a0000000001'), 8, 0, ...inner]
const vxlan = (id: number, frame: Bytes): Bytes => [8, 0, 0, 0, ...n32(id << 8), ...frame]
const quote = (bytes: Bytes): Bytes => bytes.slice(0, 28)

/** IPv4 packets of every kind that is decoded. */
export const PACKETS: Readonly<Record<string, Bytes>> = {
  syn: inner,
  'data with options in the IP header': ipv4(
    { ...A, options: hex('94040000') },
    summed(A, tcp(40000, 80, 0x18, 7, 9, text('GET / HTTP/1.0')), 16),
  ),
  'a checksum that the card fills in': ipv4(A, summed(A, tcp(40000, 80, 2), 16, { partial: true })),
  'a wrong checksum': ipv4(A, summed(A, tcp(40000, 80, 2), 16, { wrong: 1 })),
  'no checksum': ipv4(UDP, udp(53, 53000, text('answer'))),
  udp: ipv4(UDP, summed(UDP, udp(53000, 5300, text('question')), 6)),
  'first fragment': ipv4({ ...UDP, id: 99, fragment: 0x2000 }, [...udp(53000, 5300, zeros(24)).slice(0, 32)]),
  'last fragment': ipv4({ ...UDP, id: 99, fragment: 4 }, zeros(16)),
  echo: ipv4({ ...A, protocol: 1 }, icmp(8, 0, (77 << 16) | 3, text('abcdefgh'))),
  'port unreachable': ipv4(
    { src: '10.2.0.2', dst: '10.1.0.2', protocol: 1 },
    icmp(3, 3, 0, quote(ipv4(UDP, udp(53000, 53, text('question'))))),
  ),
  'fragmentation needed': ipv4({ src: '10.1.0.1', dst: '10.1.0.2', protocol: 1 }, icmp(3, 4, 1280, quote(inner))),
  'time exceeded': ipv4({ src: '10.1.0.1', dst: '10.1.0.2', protocol: 1 }, icmp(11, 0, 0, quote(inner))),
  'vxlan of flannel': ipv4(NODES, udp(50123, 8472, vxlan(1, innerFrame))),
  'vxlan on its own port': ipv4(NODES, udp(50123, 4789, vxlan(4096, innerFrame))),
  geneve: ipv4(NODES, udp(50123, 6081, [1, 0, 0x65, 0x58, ...n32(7 << 8), ...zeros(4), ...innerFrame])),
  gre: ipv4({ ...NODES, protocol: 47 }, [0, 0, 8, 0, ...inner]),
  'gre with a key': ipv4({ ...NODES, protocol: 47 }, [0x20, 0, 0x65, 0x58, ...n32(5), ...innerFrame]),
  ipip: ipv4({ ...NODES, protocol: 4 }, inner),
}

const ICMP6: Ip = { ...A6, protocol: 58 }
const syn6 = ipv6(A6, summed(A6, tcp(40000, 443, 2, 5), 16))

export const PACKETS6: Readonly<Record<string, Bytes>> = {
  'syn over IPv6': syn6,
  'behind extension headers': ipv6({ ...A6, protocol: 0 }, [6, 0, 1, 4, 0, 0, 0, 0, ...summed(A6, tcp(40000, 443, 0x10, 5, 6), 16)]),
  'echo over IPv6': ipv6(ICMP6, summed(ICMP6, [128, 0, 0, 0, ...n16(9), ...n16(2), ...text('abcd')], 2)),
  'packet too big': ipv6(ICMP6, summed(ICMP6, [2, 0, 0, 0, ...n32(1280), ...syn6.slice(0, 48)], 2)),
  'no route over IPv6': ipv6(ICMP6, summed(ICMP6, [1, 0, 0, 0, ...n32(0), ...syn6.slice(0, 48)], 2)),
  'first fragment over IPv6': ipv6({ ...A6, protocol: 44 }, [17, 0, 0, 1, ...n32(4), ...udp(53000, 53, zeros(24)).slice(0, 32)]),
}
