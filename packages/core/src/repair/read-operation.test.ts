import { expect, test } from 'vitest'
import { argvOf, readOperation } from './read-operation.ts'
import { missingRules } from './restore.ts'
import { wordsOf } from './words.ts'

const back = (line: string): string => {
  const read = readOperation(wordsOf(line) ?? [])
  return read.kind === 'refused' ? `refused: ${read.why}` : argvOf(read).join(' ')
}

test.each([
  ['sudo iptables -t nat -D PREROUTING 3', 'iptables -w 10 -t nat -D PREROUTING 3'],
  ['iptables -I FORWARD -i eth0 -j DROP', 'iptables -w 10 -t filter -I FORWARD 1 -i eth0 -j DROP'],
  ['ip6tables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT', 'ip6tables-legacy -w 10 -t filter -A INPUT -p tcp --dport 22 -j ACCEPT'],
  ['ip r add default via 192.0.2.1', 'ip route add default via 192.0.2.1'],
  ['ip route del 2001:db8::/32 dev eth0', 'ip -6 route del 2001:db8::/32 dev eth0'],
  ['ip ru del pref 5270', 'ip rule del pref 5270'],
  ['ip a del 10.0.0.1/24 dev eth0', 'ip address del 10.0.0.1/24 dev eth0'],
  ['ip link set eth0 down', 'ip link set dev eth0 down'],
  ['bridge fdb del 02:00:00:00:00:0A dev vx0 dst 192.0.2.1 self', 'bridge fdb del 02:00:00:00:00:0a dev vx0 dst 192.0.2.1 self'],
  ['sysctl -w net/ipv4/ip_forward=1', 'sysctl -qw net.ipv4.ip_forward=1'],
  ['ipset -A s 10.0.0.0/8', 'ipset add s 10.0.0.0/8'],
  ['systemctl restart docker.service', 'systemctl restart docker'],
  ['service docker restart', 'service docker restart'],
  ['kubectl -n kube-system delete pod x', 'kubectl -n kube-system delete pod x'],
  ['nft delete rule inet t c handle 7', 'nft delete rule inet t c handle 7'],
  ['ip -n other route del default', 'ip -n other route del default'],
])('%s', (line, expected) => expect(back(line)).toBe(expected))

test.each([
  'iptables -F',
  'iptables -t nat -F DOCKER',
  'iptables -P FORWARD ACCEPT',
  'iptables -X',
  'nft flush ruleset',
  'nft "flush ruleset"',
])('%s is never run', (line) => expect(back(line)).toMatch(/^refused: /))

test('missing rules go behind the saved rule that stood before them; rules that came since stay', () => {
  expect(missingRules(['a', 'new', 'd'], ['a', 'b', 'c', 'd'])).toEqual([
    { position: 2, text: 'b' },
    { position: 3, text: 'c' },
  ])
  expect(missingRules([], ['a', 'a'])).toEqual([
    { position: 1, text: 'a' },
    { position: 2, text: 'a' },
  ])
  expect(missingRules(['a', 'b'], ['a', 'b'])).toEqual([])
})
