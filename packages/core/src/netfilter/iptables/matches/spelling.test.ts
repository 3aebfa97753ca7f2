import { describe, expect, it } from 'vitest'
import { printRule } from '../print.ts'
import { readRuleLine } from '../read-rule.ts'

// What a person types, and what iptables-save makes of it.
const SPELLINGS: readonly (readonly ['ip' | 'ip6', string, string])[] = [
  ['ip', '-ptcp -s1.2.3.4 -d5.6.7.8/32 -ieth0 -jACCEPT', '-s 1.2.3.4/32 -d 5.6.7.8/32 -i eth0 -p tcp -j ACCEPT'],
  ['ip', '--protocol=tcp --source=1.2.3.4 --jump=ACCEPT', '-s 1.2.3.4/32 -p tcp -j ACCEPT'],
  ['ip', '-s ! 10.0.0.0/255.0.0.0 -p ! tcp', '! -s 10.0.0.0/8 ! -p tcp'],
  ['ip', '-s 10/8', '-s 10.0.0.0/8'],
  ['ip', '-s 10.1.2.3/255.0.255.0', '-s 10.0.2.0/255.0.255.0'],
  ['ip', '-i + -d 0.0.0.0/0 -p all', ''],
  ['ip', '! -i +', '! -i +'],
  ['ip', '-p 6 --dport ssh', '-p tcp -m tcp --dport 22'],
  ['ip', '-p tcp -m comment --comment x --syn', '-p tcp -m comment --comment x -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
  ['ip', '-p udp -m udp --dport ! 53', '-p udp -m udp ! --dport 53'],
  ['ip', '-p udp --dport 80 -m comment --comment a --sport 5', '-p udp -m udp --sport 5 --dport 80 -m comment --comment a'],
  ['ip', '-p tcp -m tcp --sport : --dport :4', '-p tcp -m tcp --dport 0:4'],
  ['ip', "-m comment --comment 'two words'", '-m comment --comment "two words"'],
  ['ip', '-m state --state new,established', '-m state --state NEW,ESTABLISHED'],
  ['ip', '-m connlimit ! --connlimit-above 2', '-m connlimit --connlimit-upto 2 --connlimit-mask 32 --connlimit-saddr'],
  ['ip', '-m recent --set', '-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource'],
  [
    'ip',
    '-m hashlimit ! --hashlimit-upto 7/day --hashlimit-name c',
    '-m hashlimit --hashlimit-above 7/day --hashlimit-burst 5 --hashlimit-name c',
  ],
  ['ip', '-m time ! --weekdays Sa,Su', '-m time --weekdays Mon,Tue,Wed,Thu,Fri'],
  ['ip', '-m tos --tos Minimize-Delay', '-m tos --tos 0x10/0x3f'],
  ['ip', '-m dscp --dscp-class AF21', '-m dscp --dscp 0x12'],
  ['ip', '-m u32 --u32 "6 & 0xFF = 1 && 4&0x3FFF=0"', '-m u32 --u32 "0x6&0xff=0x1&&0x4&0x3fff=0x0"'],
  ['ip', '-p icmp --icmp-type ping', '-p icmp -m icmp --icmp-type 8'],
  ['ip', '-m mac --mac-source AA:bb:0:1:2:3', '-m mac --mac-source aa:bb:00:01:02:03'],
  ['ip', '-m policy --dir out --pol ipsec --mode transport --proto ah', '-m policy --dir out --pol ipsec --proto ah --mode transport'],
  ['ip6', '-p icmpv6 --icmpv6-type echo-request', '-p ipv6-icmp -m icmp6 --icmpv6-type 128'],
  ['ip6', '! -d ::', '! -d ::/128'],
  ['ip6', '-s fd00::1/64', '-s fd00::/64'],
]

describe('a rule as people write it', () => {
  it.each(SPELLINGS)('%s: %s', (family, typed, saved) => {
    const rule = readRuleLine(`-A INPUT ${typed}`, 'filter', family)
    expect(rule.opaque).toEqual([])
    expect(printRule(rule, family)).toBe(`-A INPUT ${saved}`.trim())
  })

  it('may be a whole command', () => {
    const rule = readRuleLine(
      'sudo iptables -w 5 -t nat -I PREROUTING 2 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080',
      'filter',
      'ip',
    )
    expect(rule).toMatchObject({ chain: 'PREROUTING', target: { kind: 'DNAT' }, opaque: [] })
    expect(rule.text).toBe('-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080')
  })
})

describe('what is not understood', () => {
  it('is kept with the module that it follows and prints back', () => {
    const line = '-A INPUT -s 10.0.0.0/8 -m geoip ! --source-country DE,FR -p tcp -m tcp --dport 22 -j ACCEPT'
    const rule = readRuleLine(line, 'filter', 'ip')
    expect(rule.matches[0]).toEqual({ kind: 'opaque', name: 'geoip', text: 'geoip ! --source-country DE,FR' })
    expect(rule.matches[1]).toMatchObject({ kind: 'tcp' })
    expect(rule.opaque).toEqual(['-m geoip ! --source-country DE,FR'])
    expect(printRule(rule, 'ip')).toBe('-A INPUT -s 10.0.0.0/8 -p tcp -m geoip ! --source-country DE,FR -m tcp --dport 22 -j ACCEPT')
  })

  it.each([
    ['-s www.example.net', '-s www.example.net'],
    ['-i thisinterfaceistoolong0', '-i thisinterfaceistoolong0'],
    ['--frobnicate 5', '--frobnicate 5'],
    ['-m tcp --dport 80', '-m tcp --dport 80'],
    ['-p tcp -m tcp --dport 65536', '-m tcp --dport 65536'],
    ['-p tcp -m tcp ! --dport', '! --dport'],
    ['-m length --length 4:3', '-m length --length 4:3'],
    ['-m mark --mark 4294967296', '-m mark --mark 4294967296'],
    ['-m statistic --mode nth --every 5 --packet 5', '-m statistic --mode nth --every 5 --packet 5'],
    ['-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16', '-m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16'],
    ['-m policy --dir in --pol ipsec --tunnel-dst 10.0.0.0/8', '-m policy --dir in --pol ipsec --tunnel-dst 10.0.0.0/8'],
    ['-m addrtype --limit-iface-in', '-m addrtype --limit-iface-in'],
    ['-j FOO --bar 1', '-j FOO --bar 1'],
  ])('%s is opaque', (options, opaque) => {
    expect(readRuleLine(`-A INPUT ${options}`, 'filter', 'ip').opaque).toEqual([opaque])
  })
})
