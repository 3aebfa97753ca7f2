import { describe, expect, it } from 'vitest'
import type { Family } from '../../../net/address.ts'
import { readRuleLine } from '../read-rule.ts'
import { explainTarget, printTarget, targetModules } from './registry.ts'

const read = (text: string, family: Family) => readRuleLine(`-A C ${text}`, 'mangle', family)

/** What a person may write, and what iptables-save 1.8.9 makes of it; alone where it is the same. */
const both: readonly (readonly [string, string?])[] = [
  ['-j ACCEPT'],
  ['-j DROP'],
  ['-j RETURN'],
  ['-j QUEUE'],
  ['-j AUDIT --type reject'],
  ['-j CHECKSUM --checksum-fill'],
  ['-j CLASSIFY --set-class 1:10', '-j CLASSIFY --set-class 0001:0010'],
  ['-j MARK --set-mark 0x10', '-j MARK --set-xmark 0x10/0xffffffff'],
  ['-j MARK --set-mark 0x10/0xff', '-j MARK --set-xmark 0x10/0xff'],
  ['-j MARK --and-mark 0xff', '-j MARK --set-xmark 0x0/0xffffff00'],
  ['-j MARK --or-mark 0x4000', '-j MARK --set-xmark 0x4000/0x4000'],
  ['-j MARK --xor-mark 3', '-j MARK --set-xmark 0x3/0x0'],
  ['-j CONNMARK --set-mark 5', '-j CONNMARK --set-xmark 0x5/0xffffffff'],
  ['-j CONNMARK --or-mark 1 --left-shift-mark 3', '-j CONNMARK --set-xmark 0x1/0x1 --left-shift-mark 3'],
  ['-j CONNMARK --save-mark', '-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff'],
  ['-j CONNMARK --restore-mark --mask 0xff', '-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff'],
  ['-j CONNSECMARK --restore'],
  ['-p tcp -j CT --zone 3 --helper ftp --ctevents destroy,new', '-p tcp -j CT --helper ftp --ctevents new,destroy --zone 3'],
  ['-j CT --zone 0', '-j CT'],
  ['-j CT --zone-orig mark'],
  ['-j CT --notrack'],
  ['-j NOTRACK'],
  ['-j DSCP --set-dscp-class EF', '-j DSCP --set-dscp 0x2e'],
  ['-j TOS --set-tos Minimize-Delay', '-j TOS --set-tos 0x10/0x3f'],
  ['-j TOS --and-tos 0x12', '-j TOS --set-tos 0x00/0xed'],
  ['-j IDLETIMER --timeout 5 --label aa --alarm'],
  ['-j LED --led-trigger-id "a b" --led-delay inf --led-always-blink'],
  ['-j LOG'],
  ['-j LOG --log-level debug --log-prefix "it is: " --log-uid', '-j LOG --log-prefix "it is: " --log-level 7 --log-uid'],
  ['-j LOG --log-level warning --log-prefix x', '-j LOG --log-prefix x'],
  ['-j NFLOG --nflog-group 0', '-j NFLOG'],
  ['-j NFLOG --nflog-size 64 --nflog-group 2 --nflog-prefix "a b"', '-j NFLOG --nflog-prefix "a b" --nflog-group 2 --nflog-size 64'],
  ['-j NFQUEUE', '-j NFQUEUE --queue-num 0'],
  ['-j NFQUEUE --queue-bypass --queue-balance :4 --queue-cpu-fanout', '-j NFQUEUE --queue-balance 0:4 --queue-bypass --queue-cpu-fanout'],
  [
    '-j RATEEST --rateest-name a --rateest-interval 250ms --rateest-ewmalog 4s',
    '-j RATEEST --rateest-name a --rateest-interval 250.0ms --rateest-ewmalog 4.0s',
  ],
  ['-j SECMARK --selctx system_u:object_r:packet_t:s0'],
  ['-j SET --del-set b src,dst --add-set a src --exist --timeout 30', '-j SET --add-set a src --exist --timeout 30 --del-set b src,dst'],
  ['-j SET --map-set a src --map-prio'],
  [
    '-j HMARK --hmark-rnd 5 --hmark-mod 10 --hmark-sport 80 --hmark-offset 2',
    '-j HMARK --hmark-sport 0x0050 --hmark-rnd 0x00000005 --hmark-mod 10 --hmark-offset 2',
  ],
  ['-p tcp -j SYNPROXY --mss 1460 --sack-perm --wscale 7', '-p tcp -j SYNPROXY --sack-perm --wscale 7 --mss 1460'],
  ['-p tcp -j TCPMSS --clamp-mss-to-pmtu'],
  ['-p tcp -j TCPOPTSTRIP --strip-options timestamp,mss', '-p tcp -j TCPOPTSTRIP --strip-options 2,8'],
  ['-p tcp -j REJECT --reject-with tcp-reset'],
  ['-j TRACE'],
  ['-p tcp -j REDIRECT --to-ports ssh', '-p tcp -j REDIRECT --to-ports 22'],
  ['-p udp -j MASQUERADE --random-fully --to-ports 1024-2048', '-p udp -j MASQUERADE --to-ports 1024-2048 --random-fully'],
  ['-p tcp -j DNAT --to-destination :8080', '-p tcp -j DNAT --to-destination :8080'],
]
const ip4: readonly (readonly [string, string?])[] = [
  [
    '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/80 --persistent --random',
    '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/80 --random --persistent',
  ],
  ['-j SNAT --to-source 10.0.0.1-10.0.0.1', '-j SNAT --to-source 10.0.0.1'],
  ['-j NETMAP --to 10.0.0.5/255.255.255.0', '-j NETMAP --to 10.0.0.0/24'],
  ['-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'],
  ['-j REJECT --reject-with host-prohib', '-j REJECT --reject-with icmp-host-prohibited'],
  ['-j TTL --ttl-dec 5'],
  ['-j TEE --gateway 10.0.0.1 --oif eth1'],
  ['-p udp -j TPROXY --on-port 1 --tproxy-mark 1', '-p udp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff'],
  ['-p tcp -j ECN --ecn-tcp-remove'],
  ['-j CLUSTERIP --new --hashmode sourceip --clustermac 01:00:5E:00:00:20 --total-nodes 2 --local-node 1 --hash-init 0'],
  ['-j ULOG --ulog-prefix "a b" --ulog-nlgroup 2'],
  ['-j MIRROR'],
  ['-j SAME --to 10.0.0.1-10.0.0.4 --nodst'],
  ['-j BALANCE --to-destination 10.0.0.1-10.0.0.4'],
]
const ip6: readonly (readonly [string, string?])[] = [
  ['-p tcp -j DNAT --to-destination [fd00::1-fd00::3]:80-90'],
  ['-j DNAT --to-destination [fd00::1]', '-j DNAT --to-destination fd00::1'],
  ['-j REJECT', '-j REJECT --reject-with icmp6-port-unreachable'],
  ['-j REJECT --reject-with adm-prohibited', '-j REJECT --reject-with icmp6-adm-prohibited'],
  ['-j HL --hl-set 5'],
  ['-j NETMAP --to fd00::/64'],
  [
    '-j HMARK --hmark-tuple src,ct --hmark-rnd 5 --hmark-mod 10',
    '-j HMARK --hmark-src-prefix 128 --hmark-rnd 0x00000005 --hmark-mod 10 --hmark-tuple ct',
  ],
  ['-j SNPT --src-pfx fd00::/48 --dst-pfx 2001:db8::/48'],
  ['-j DNPT --src-pfx 2001:db8::/48 --dst-pfx fd00::/48'],
]

const cases = [
  ...both.flatMap((one) => [
    { family: 'ip' as const, one },
    { family: 'ip6' as const, one },
  ]),
  ...ip4.map((one) => ({ family: 'ip' as const, one })),
  ...ip6.map((one) => ({ family: 'ip6' as const, one })),
].map(({ family, one: [given, saved = given] }) => ({ family, given, saved }))

describe('a target prints as iptables-save prints it', () => {
  it.each(cases)('$family $given', ({ family, given, saved }) => {
    const rule = read(given, family)
    expect(rule.opaque).toEqual([])
    const printed = rule.target ? printTarget(rule.target, family) : ''
    expect(printed).toBe(saved.replace(/^-p \S+ /, ''))
    expect(read(saved, family).target).toEqual(rule.target)
    expect(explainTarget(rule.target)).not.toBe('')
  })

  it('has a case for every target', () => {
    const used = new Set(cases.map(({ given }) => /-j (\S+)/.exec(given)?.[1]))
    expect([...targetModules.keys()].filter((name) => !used.has(name))).toEqual([])
  })
})

describe('a value that the target cannot take is kept as it stands and reported', () => {
  it.each([
    '-j MARK',
    '-j MARK --set-xmark 4294967296',
    '-j MARK --set-mark 1 --or-mark 2',
    '-j CT --zone 65536',
    '-j DSCP --set-dscp 0x40',
    '-j LOG --log-level loud',
    '-j NFQUEUE --queue-balance 4:3',
    '-j NFQUEUE --queue-balance 0:65535',
    '-j REJECT --reject-with tcp-reset',
    '-j REJECT --reject-with icmp6-no-route',
    '-j DNAT --to-destination 10.0.0.1:80',
    '-p tcp -j DNAT --to-destination 10.0.0.1:80-65536',
    '-p tcp -j DNAT --to-destination 10.0.0.9-10.0.0.1',
    '-j DNAT --to-destination fd00::1',
    '-p tcp -j SNAT --to-source 10.0.0.1:1-2/1',
    '-j TTL --ttl-dec 0',
    '-j TTL --ttl-set 256',
    '-j TEE ! --gateway 10.0.0.1',
    '-j TPROXY --on-port 1',
    '-p tcp -j TCPOPTSTRIP --strip-options 1',
    '-j HMARK --hmark-mod 5',
    '-j SET --add-set a from',
    '-j CLASSIFY --set-class 1',
  ])('%s', (text) => {
    const rule = read(text, 'ip')
    expect(rule.target?.kind).toBe('opaque')
    expect(rule.opaque).toHaveLength(1)
    expect(rule.target && printTarget(rule.target, 'ip')).toBe(text.replace(/^-p \S+ /, ''))
  })
})
