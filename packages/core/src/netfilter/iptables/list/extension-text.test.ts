import { describe, expect, it } from 'vitest'
import type { Family } from '../../../net/address.ts'
import { printRule } from '../print.ts'
import { readRuleLine } from '../read-rule.ts'
import { readExtensions } from './extension-text.ts'

/** What a list shows in its target column and behind the destination, for a protocol; and what iptables-save shows for it. */
const cases: readonly [protocol: string, target: string, text: string, saved: string, family?: Family][] = [
  ['', '', 'ADDRTYPE match src-type !LOCAL dst-type LOCAL,MULTICAST', '-m addrtype ! --src-type LOCAL --dst-type LOCAL,MULTICAST'],
  ['tcp', '', 'tcp spts:1024:65535 dpt:!80 flags:!0x17/0x02', '-m tcp --sport 1024:65535 ! --dport 80 ! --tcp-flags FIN,SYN,RST,ACK SYN'],
  ['tcp', '', 'tcp flags:FIN,SYN,RST,ACK/SYN option=5', '-m tcp --tcp-option 5 --tcp-flags FIN,SYN,RST,ACK SYN'],
  ['udp', '', 'udp spt:domain', '-m udp --sport 53'],
  ['tcp', '', 'multiport dports !80,443', '-m multiport ! --dports 80,443'],
  ['icmp', '', 'icmptype 8', '-m icmp --icmp-type 8'],
  ['icmp', '', 'icmp !type 3 code 1', '-m icmp ! --icmp-type 3/1'],
  ['icmp', '', 'icmp echo-request', '-m icmp --icmp-type 8'],
  ['ipv6-icmp', '', 'ipv6-icmptype 128 code 0', '-m icmp6 --icmpv6-type 128/0', 'ip6'],
  ['', '', 'state NEW', '-m state --state NEW'],
  ['', '', '! ctstate NEW ctproto 6', '-m conntrack ! --ctstate NEW --ctproto 6'],
  ['', '', 'mark match ! 0x4000/0x4000', '-m mark ! --mark 0x4000/0x4000'],
  ['', '', 'connmark match  0x1', '-m connmark --mark 0x1'],
  [
    '',
    '',
    'match-set a src,dst ! match-set b dst return-nomatch',
    '-m set --match-set a src,dst -m set ! --match-set b dst --return-nomatch',
  ],
  ['', '', 'limit: avg 5/min burst 5', '-m limit --limit 5/min'],
  ['', '', '#conn src/32 > 20', '-m connlimit --connlimit-above 20 --connlimit-mask 32 --connlimit-saddr'],
  [
    '',
    '',
    'recent: UPDATE seconds: 60 hit_count: 4 name: SSH side: source mask: 255.255.255.255',
    '-m recent --update --seconds 60 --hitcount 4 --name SSH --mask 255.255.255.255 --rsource',
  ],
  ['', '', 'statistic mode random probability 0.50000000000', '-m statistic --mode random --probability 0.50000000000'],
  ['', '', 'policy match dir in pol ipsec reqid 1 proto 50', '-m policy --dir in --pol ipsec --reqid 1 --proto esp'],
  ['', '', 'owner UID match 0-10 ! owner GID match 5', '-m owner --uid-owner 0-10 ! --gid-owner 5'],
  [
    '',
    '',
    'source IP range 1.2.3.4-1.2.3.5 destination IP range ! 5.6.7.8-5.6.7.9',
    '-m iprange --src-range 1.2.3.4-1.2.3.5 ! --dst-range 5.6.7.8-5.6.7.9',
  ],
  ['', '', 'MAC00:11:22:33:44:55', '-m mac --mac-source 00:11:22:33:44:55'],
  ['', '', 'PHYSDEV match ! --physdev-in br0 --physdev-is-bridged', '-m physdev ! --physdev-in br0 --physdev-is-bridged'],
  [
    '',
    '',
    'PKTTYPE != unicast TTL match TTL < 5 length 0:100',
    '-m pkttype ! --pkt-type unicast -m ttl --ttl-lt 5 -m length --length 0:100',
  ],
  ['', '', 'rpfilter loose invert', '-m rpfilter --loose --invert'],
  ['', '', 'STRING match "a b" ALGO name bm FROM 5', '-m string --string "a b" --algo bm --from 5'],
  ['', '', '/* a */ b */ state NEW', '-m comment --comment "a */ b" -m state --state NEW'],
  ['tcp', 'DNAT', 'tcp dpt:80 to:10.0.0.2:80', '-m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80'],
  ['tcp', 'DNAT', 'to:[fd00::1]:80 random', '-j DNAT --to-destination [fd00::1]:80 --random', 'ip6'],
  ['', 'SNAT', 'to:10.0.0.1-10.0.0.3 random-fully persistent', '-j SNAT --to-source 10.0.0.1-10.0.0.3 --random-fully --persistent'],
  ['tcp', 'REDIRECT', 'redir ports 8080', '-j REDIRECT --to-ports 8080'],
  ['udp', 'MASQUERADE', 'masq ports: 1024-65535 random', '-j MASQUERADE --to-ports 1024-65535 --random'],
  ['', 'MASQUERADE', '/* flanneld masq */ random-fully', '-m comment --comment "flanneld masq" -j MASQUERADE --random-fully'],
  ['', 'NETMAP', '10.0.0.0/24', '-j NETMAP --to 10.0.0.0/24'],
  ['', 'REJECT', 'reject-with icmp-host-prohibited', '-j REJECT --reject-with icmp-host-prohibited'],
  ['', 'MARK', 'MARK or 0x4000', '-j MARK --set-xmark 0x4000/0x4000'],
  ['', 'MARK', 'MARK and 0xfffeffff', '-j MARK --set-xmark 0x0/0x10000'],
  ['', 'MARK', 'MARK xset 0x4000/0xff000', '-j MARK --set-xmark 0x4000/0xff000'],
  ['', 'CONNMARK', 'CONNMARK restore', '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
  ['', 'CONNMARK', 'CONNMARK restore ctmask 0xff00 nfmask ~0xff', '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff00'],
  ['', 'CT', 'CT notrack', '-j CT --notrack'],
  ['', 'CT', 'NOTRACK', '-j NOTRACK'],
  [
    '',
    'LOG',
    'limit: avg 3/min burst 10 LOG flags 8 level 7 prefix "[UFW "x"] "',
    '-m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW \\"x\\"] " --log-level 7 --log-uid',
  ],
  ['', 'LOG', "LOG level warning prefix `IN: '", '-j LOG --log-prefix "IN: "'],
  ['', 'NFLOG', 'nflog-prefix "a b" nflog-group 3', '-j NFLOG --nflog-prefix "a b" --nflog-group 3'],
  ['', 'NFQUEUE', 'NFQUEUE balance 0:3 bypass', '-j NFQUEUE --queue-balance 0:3 --queue-bypass'],
  ['tcp', 'TCPMSS', 'tcp flags:0x06/0x02 TCPMSS clamp to PMTU', '-m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu'],
  ['tcp', 'TPROXY', 'TPROXY redirect ::1:1234 mark 0x1/0x1', '-j TPROXY --on-port 1234 --on-ip ::1 --tproxy-mark 0x1/0x1', 'ip6'],
  ['', 'TTL', 'TTL decrement by 5', '-j TTL --ttl-dec 5'],
  ['', 'SET', 'add-set a src exist timeout 30', '-j SET --add-set a src --exist --timeout 30'],
]

describe('what extensions print in a list is read as their options', () => {
  it.each(cases)('%s %s %s', (protocol, target, text, saved, family = 'ip') => {
    const read = readExtensions(text, target)
    expect(read.unknown).toEqual([])
    const options = [protocol && `-p ${protocol}`, ...read.matches, read.target && `-j ${read.target}`].filter(Boolean).join(' ')
    const rule = readRuleLine(`-A C ${options}`, 'mangle', family)
    expect(rule.opaque).toEqual([])
    expect(printRule(rule, family)).toBe(`-A C ${protocol && `-p ${protocol} `}${saved}`)
  })

  it('says what it hides', () => {
    expect(readExtensions('quota: 500 bytes', 'ACCEPT')).toMatchObject({ hidesMatches: true, hidesTarget: false })
    expect(readExtensions('/* cut off in the mid', 'ACCEPT')).toMatchObject({ hidesMatches: true })
    expect(readExtensions('', 'DNAT')).toMatchObject({ hidesTarget: true })
  })
})
