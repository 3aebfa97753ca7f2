import { describe, expect, test } from 'vitest'
import type { Machine } from './testing/machines.ts'
import { BACKENDS, type Rules, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

const HOST: Machine = {
  devices: `
    eth0 192.0.2.10/24 2001:db8::10/64
    br0 bridge 10.1.0.1/24
    va@h/a:eth0 master=br0`,
  routes: 'default via 192.0.2.1 dev eth0',
  sysctl: 'net.ipv4.ip_forward = 1',
  ss: 'tcp LISTEN 0 5 *:80 *:*\nudp UNCONN 0 0 *:53 *:*',
}
const POD: Machine = {
  devices: 'eth0@h:va 10.1.0.2/24',
  routes: 'default via 10.1.0.1 dev eth0',
  ss: 'tcp LISTEN 0 5 *:80 *:*\nudp UNCONN 0 0 *:53 *:*',
}
const engineWith = (rules: Machine, sysctl = '') =>
  engineOfMachines({ h: { ...HOST, sysctl: `${HOST.sysctl}\n${sysctl}`, ...rules }, 'h/a': POD })
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5', to: '192.0.2.10:80' }

/** INPUT tells which state a packet is in by the rule that accepts it. */
const STATES: Rules = {
  iptables: `*filter
    :INPUT DROP
    -A INPUT -m conntrack --ctstate INVALID -j ACCEPT
    -A INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT
    -A INPUT -m conntrack --ctstate NEW -j ACCEPT
    -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  nft: `table inet filter {
    chain INPUT {
      type filter hook input priority filter; policy drop;
      ct state invalid accept
      ct state untracked accept
      ct state new accept
      ct state related,established accept
    }
  }`,
}
const [INVALID, UNTRACKED, NEW] = [1, 2, 3]
const joined = (a: Rules, b: Rules): Rules => ({ iptables: `${a.iptables}\n${b.iptables}`, nft: `${a.nft}\n${b.nft}` })

describe.each(BACKENDS)('%s', (_, ruleset) => {
  const stateOf = (expected: number, request: object, rules: Rules = STATES, more: Machine = {}, sysctl = '') =>
    expectWay(engineWith({ ...ruleset(rules), ...more }, sysctl), { ...client, ...request }, `delivered rule=filter/INPUT/${expected}`)

  test.each([
    ['syn', NEW],
    ['syn,ece,cwr', NEW],
    ['ack', NEW],
    ['ack,psh', NEW],
    ['syn,ack', INVALID],
    ['rst', INVALID],
    ['rst,ack', INVALID],
    ['fin,ack', INVALID],
    ['fin', INVALID],
    ['syn,fin', INVALID],
    ['syn,rst', INVALID],
    ['fin,psh,urg', INVALID],
    ['', INVALID],
  ])('a TCP packet with flags "%s" that opens a connection is in state %d', (flags, state) => void stateOf(state, { flags }))

  test('nf_conntrack_tcp_loose decides whether a connection may be picked up', () => {
    stateOf(INVALID, { flags: 'ack' }, STATES, {}, 'net.netfilter.nf_conntrack_tcp_loose = 0')
    stateOf(NEW, { flags: 'syn' }, STATES, {}, 'net.netfilter.nf_conntrack_tcp_loose = 0')
  })

  test.each([
    ['8', NEW],
    ['13', NEW],
    ['0', INVALID],
    ['3/1', INVALID],
    ['11', INVALID],
    ['9', INVALID],
  ])('ICMP type %s is in state %d', (icmp, state) => void stateOf(state, { to: '192.0.2.10', icmp }))

  test('UDP and anything else may always begin', () => {
    stateOf(NEW, { to: '192.0.2.10:53/udp' })
    stateOf(NEW, { to: '192.0.2.10/gre' })
  })

  test('NOTRACK leaves a packet untracked, and nat is not asked', () => {
    const rules = joined(
      {
        iptables: `*raw
          -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
          *nat
          -A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 10.1.0.2`,
        nft: `table ip nat {
          chain pre {
            type nat hook prerouting priority dstnat; policy accept;
            udp dport 53 dnat to 10.1.0.2
          }
        }
        table ip raw {
          chain pre {
            type filter hook prerouting priority raw; policy accept;
            udp dport 53 notrack
          }
        }`,
      },
      STATES,
    )
    stateOf(UNTRACKED, { to: '192.0.2.10:53/udp' }, rules)
  })

  test('an answer is ESTABLISHED, even to a packet that was let in alone', () => {
    const rules = {
      iptables: `*filter
        :INPUT DROP
        :OUTPUT DROP
        -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
        -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT`,
      nft: `table inet filter {
        chain INPUT {
          type filter hook input priority filter; policy drop;
          tcp dport 80 accept
        }
        chain OUTPUT {
          type filter hook output priority filter; policy drop;
          ct state established accept
        }
      }`,
    }
    expectWay(engineWith(ruleset(rules)), client, 'delivered connects reply:rule=filter/OUTPUT/1')
    expectWay(engineWith(ruleset(rules)), { from: 'host/h', to: '203.0.113.5:80' }, 'dropped policy timeout policy=filter/OUTPUT')
  })

  test('a mark goes from the packet to its connection and back to the answer', () => {
    const rules = {
      iptables: `*mangle
        -A PREROUTING -i eth0 -j MARK --set-xmark 0x40/0xf0
        -A PREROUTING -i eth0 -j CONNMARK --save-mark --nfmask 0xf0 --ctmask 0xf0
        -A OUTPUT -j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf0`,
      nft: `table ip mangle {
        chain pre {
          type filter hook prerouting priority mangle; policy accept;
          iifname "eth0" meta mark set 0x40
          iifname "eth0" ct mark set meta mark
        }
        chain out {
          type route hook output priority mangle; policy accept;
          meta mark set ct mark
        }
      }`,
    }
    const routes = `${HOST.routes}\ndefault via 192.0.2.99 dev eth0 table 40`
    const table =
      '0: from all lookup local\n40: from all fwmark 0x40/0xf0 lookup 40\n32766: from all lookup main\n32767: from all lookup default'
    const engine = engineWith({ ...ruleset(rules), routes, rules: table })
    expectWay(engine, client, 'delivered connects mark=0x40 reply:mark=0x40 reply:via=192.0.2.99')
    expectWay(engine, { from: 'host/h', to: '203.0.113.5:80' }, 'forwarded mark=0x0 via=192.0.2.1')
  })
})

describe('a flow that the conntrack table already holds goes by its entry', () => {
  const entry = (rest: string) => `tcp 6 86400 ESTABLISHED ${rest} mark=0 use=1`
  const STALE = entry('src=203.0.113.5 dst=192.0.2.10 sport=45678 dport=80 src=10.1.0.2 dst=203.0.113.5 sport=80 dport=45678 [ASSURED]')
  const empty = save('*nat\n*filter\n:INPUT DROP')

  test('a stale translation steers it past the rules', () => {
    const engine = engineWith({ iptables: empty, conntrack: STALE })
    expectWay(engine, { ...client, sport: 45678, flags: 'ack' }, 'delivered connects at=h/a:eth0 dst=10.1.0.2:80 reply:src=192.0.2.10:80')
    expectWay(engine, { ...client, sport: 45679 }, 'dropped policy at=h:eth0')
  })

  test('it is ESTABLISHED once it was answered, and NEW until then', () => {
    const rules = save('*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT')
    const straight = 'src=203.0.113.5 dst=192.0.2.10 sport=45678 dport=80'
    const back = 'src=192.0.2.10 dst=203.0.113.5 sport=80 dport=45678'
    const request = { ...client, sport: 45678, flags: 'ack' }
    expectWay(engineWith({ iptables: rules, conntrack: entry(`${straight} ${back} [ASSURED]`) }), request, 'delivered')
    expectWay(engineWith({ iptables: rules, conntrack: entry(`${straight} [UNREPLIED] ${back}`) }), request, 'dropped policy')
  })

  test('its mark is that of the packet once restored', () => {
    const rules = save('*nat\n*mangle\n-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff')
    const engine = engineWith({ iptables: rules, conntrack: STALE.replace('mark=0', 'mark=119') })
    expectWay(engine, { ...client, sport: 45678, flags: 'ack' }, 'delivered at=h/a:eth0 rule=mangle/PREROUTING/1 effect=CONNMARK')
  })

  test('an answer to a captured connection is translated back', () => {
    const engine = engineWith({ iptables: empty, conntrack: STALE })
    expectWay(engine, { from: 'netns/h/a', to: '203.0.113.5:45678', sport: 80, flags: 'syn,ack' }, 'forwarded src=192.0.2.10:80')
  })

  test('another zone is another table', () => {
    expectWay(
      engineWith({ iptables: empty, conntrack: STALE.replace('mark=0', 'mark=0 zone=7') }),
      { ...client, sport: 45678, flags: 'ack' },
      'dropped at=h:eth0',
    )
    const zoned = save('*raw\n-A PREROUTING -i eth0 -j CT --zone 7\n*nat\n*filter\n:INPUT DROP')
    expectWay(
      engineWith({ iptables: zoned, conntrack: STALE.replace('mark=0', 'mark=0 zone=7') }),
      { ...client, sport: 45678, flags: 'ack' },
      'delivered at=h/a:eth0',
    )
  })

  test('a connection that is over makes way for a new one', () => {
    const over = STALE.replace('ESTABLISHED', 'TIME_WAIT')
    expectWay(engineWith({ iptables: empty, conntrack: over }), { ...client, sport: 45678 }, 'dropped policy at=h:eth0')
    expectWay(engineWith({ iptables: empty, conntrack: over }), { ...client, sport: 45678, flags: 'ack' }, 'delivered at=h/a:eth0')
  })

  test('UDP keeps to a backend that is gone', () => {
    const udp =
      'udp 17 100 src=10.1.0.2 dst=10.96.0.10 sport=40000 dport=53 src=10.1.0.77 dst=10.1.0.2 sport=53 dport=40000 [ASSURED] mark=0 use=1'
    const rules = save('*nat\n-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 -j DNAT --to-destination 192.0.2.10')
    const engine = engineWith({ iptables: rules, conntrack: udp })
    expectWay(engine, { from: 'netns/h/a', to: '10.96.0.10:53/udp', sport: 40000 }, 'dropped no-neighbour dst=10.1.0.77:53')
    expectWay(engine, { from: 'netns/h/a', to: '10.96.0.10:53/udp', sport: 40001 }, 'delivered connects at=h:br0 dst=192.0.2.10:53')
  })
})

test('without anything that asks for it, nothing is tracked', () => {
  const engine = engineWith({ iptables: save('*filter\n-A INPUT -p tcp -j ACCEPT') })
  const [outcome] = expectWay(engine, client, 'delivered connects')
  expect(outcome?.steps.map((step) => step.kind)).toEqual(['route', 'rule', 'local'])
})

test('a captured ping that was redirected is of a connection with DNAT, and not with SNAT', () => {
  const rules = save(
    '*nat\n*filter\n:INPUT DROP\n-A INPUT -m conntrack --ctstate SNAT -j DROP\n-A INPUT -m conntrack --ctstate DNAT -j ACCEPT',
  )
  const entry =
    'icmp     1 29 src=203.0.113.5 dst=192.0.2.99 type=8 code=0 id=7 src=192.0.2.10 dst=203.0.113.5 type=0 code=0 id=7 mark=0 use=1'
  const engine = engineWith({ iptables: rules, conntrack: entry })
  expectWay(engine, { ...client, to: '192.0.2.99/icmp', sport: 7 }, 'delivered rule=filter/INPUT/2')
})
