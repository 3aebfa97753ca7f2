import { describe, expect, test } from 'vitest'
import type { Machine } from './testing/machines.ts'
import { BACKENDS, type Rules, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

/** A host with an uplink and a bridge of two pods, `a` at 10.1.0.2 and `b` at 10.1.0.3, which both listen on 80 and 8080. */
const HOST: Machine = {
  devices: `
    eth0 192.0.2.10/24 2001:db8::10/64
    br0 bridge 10.1.0.1/24 fd00::1/64
    va@h/a:eth0 master=br0
    vb@h/b:eth0 master=br0`,
  routes: 'default via 192.0.2.1 dev eth0\ndefault via 2001:db8::1 dev eth0 metric 1024 pref medium',
  sysctl: 'net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1',
  ss: 'tcp LISTEN 0 5 *:80 *:*\ntcp LISTEN 0 5 *:8080 *:*\ntcp LISTEN 0 5 127.0.0.1:3128 0.0.0.0:*',
}
const POD = (name: string, last: number): Machine => ({
  devices: `eth0@h:v${name} 10.1.0.${last}/24 fd00::${last}/64`,
  routes: 'default via 10.1.0.1 dev eth0\ndefault via fd00::1 dev eth0 metric 1024 pref medium',
  ss: 'tcp LISTEN 0 5 *:80 *:*\ntcp LISTEN 0 5 *:8080 *:*',
})
const engineWith = (rules: Machine, sysctl = '') =>
  engineOfMachines({ h: { ...HOST, sysctl: `${HOST.sysctl}\n${sysctl}`, ...rules }, 'h/a': POD('a', 2), 'h/b': POD('b', 3) })
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5' }

const PUBLISHED: Rules = {
  iptables: `*nat
    -A PREROUTING -d 192.0.2.10/32 -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.1.0.2:80`,
  nft: `table ip nat {
    chain prerouting {
      type nat hook prerouting priority dstnat; policy accept;
      ip daddr 192.0.2.10 tcp dport 8000 dnat to 10.1.0.2:80
    }
  }`,
}

describe.each(BACKENDS)('%s', (_, ruleset) => {
  const engine = (rules: Rules, sysctl = '') => engineWith(ruleset(rules), sysctl)

  test('DNAT in PREROUTING: a published port, and the answer comes from the published address', () => {
    const published = engine(PUBLISHED)
    expectWay(
      published,
      { ...client, to: '192.0.2.10:8000' },
      'delivered connects at=h/a:eth0 dst=10.1.0.2:80 effect=DNAT reply:src=192.0.2.10:8000',
    )
    expectWay(published, { ...client, to: '192.0.2.10:8001' }, 'delivered refused at=h:eth0')
  })

  test('what the host sends passes OUTPUT, and is not looked at again in PREROUTING', () => {
    expectWay(engine(PUBLISHED), { from: 'host/h', to: '192.0.2.10:8000' }, 'delivered refused at=h:lo')
  })

  test('DNAT in OUTPUT routes the packet anew, with the source it has', () => {
    const rules = {
      iptables: `*nat
        -A OUTPUT -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.1.0.2:8080
        -A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.1.0.3:80`,
      nft: `table ip nat {
        chain output {
          type nat hook output priority dstnat; policy accept;
          ip daddr 10.96.0.1 tcp dport 443 dnat to 10.1.0.2:8080
          ip daddr 127.0.0.1 tcp dport 30080 dnat to 10.1.0.3:80
        }
      }`,
    }
    expectWay(
      engine(rules),
      { from: 'host/h', to: '10.96.0.1:443' },
      'delivered connects at=h/a:eth0 src=192.0.2.10:45678 dst=10.1.0.2:8080 dev=eth0 dev=br0',
    )
    // A packet from 127.0.0.1 may not leave by br0: the program never hears of it, and tries again until it gives up.
    expectWay(engine(rules), { from: 'host/h', to: '127.0.0.1:30080' }, 'dropped invalid-source timeout answer=none')
    // route_localnet lets it out, and the pod does not believe such a source.
    expectWay(
      engine(rules, 'net.ipv4.conf.all.route_localnet = 1'),
      { from: 'host/h', to: '127.0.0.1:30080' },
      'dropped martian timeout at=h/b:eth0',
    )
  })

  test('DNAT to a loopback port with masquerading answers', () => {
    const rules = {
      iptables: `*nat
        -A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.1.0.3:80
        -A POSTROUTING -s 127.0.0.0/8 -o br0 -j MASQUERADE`,
      nft: `table ip nat {
        chain output {
          type nat hook output priority dstnat; policy accept;
          ip daddr 127.0.0.1 tcp dport 30080 dnat to 10.1.0.3:80
        }
        chain post {
          type nat hook postrouting priority srcnat; policy accept;
          ip saddr 127.0.0.0/8 oifname "br0" masquerade
        }
      }`,
    }
    expectWay(
      engine(rules, 'net.ipv4.conf.all.route_localnet = 1'),
      { from: 'host/h', to: '127.0.0.1:30080' },
      'delivered connects at=h/b:eth0 src=10.1.0.1:45678',
    )
  })

  test('REDIRECT goes to the device it came in by, and to loopback for what the host sends', () => {
    const proxy = engine({
      iptables: `*nat
        -A PREROUTING -i br0 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080
        -A OUTPUT -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 3128`,
      nft: `table ip nat {
        chain pre {
          type nat hook prerouting priority dstnat; policy accept;
          iifname "br0" tcp dport 80 redirect to :8080
        }
        chain out {
          type nat hook output priority dstnat; policy accept;
          tcp dport 81 redirect to :3128
        }
      }`,
    })
    expectWay(proxy, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'delivered connects at=h:br0 dst=10.1.0.1:8080 effect=REDIRECT')
    expectWay(proxy, { from: 'host/h', to: '203.0.113.9:81' }, 'delivered connects at=h:lo src=192.0.2.10:45678 dst=127.0.0.1:3128')
  })

  test('MASQUERADE takes the address that the way out speaks with', () => {
    const nat = engine({
      iptables: `*nat
        -A POSTROUTING -s 10.1.0.0/24 ! -o br0 -j MASQUERADE`,
      nft: `table ip nat {
        chain post {
          type nat hook postrouting priority srcnat; policy accept;
          ip saddr 10.1.0.0/24 oifname != "br0" masquerade
        }
      }`,
    })
    expectWay(
      nat,
      { from: 'netns/h/a', to: '203.0.113.9:80' },
      'forwarded connects src=192.0.2.10:45678 ttl=63 effect=MASQUERADE reply:dst=10.1.0.2:45678',
    )
    expectWay(nat, { from: 'netns/h/a', to: '10.1.0.3:80' }, 'delivered connects src=10.1.0.2:45678')
    expectWay(nat, { from: 'netns/h/a', to: '203.0.113.9' }, 'forwarded connects src=192.0.2.10')
  })

  test('SNAT to another port range keeps a port that lies within', () => {
    const nat = engine({
      iptables: `*nat
        -A POSTROUTING -o eth0 -p tcp -j SNAT --to-source 192.0.2.50:1024-65535`,
      nft: `table ip nat {
        chain post {
          type nat hook postrouting priority srcnat; policy accept;
          oifname "eth0" ip protocol tcp snat to 192.0.2.50:1024-65535
        }
      }`,
    })
    expectWay(nat, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded src=192.0.2.50:45678 effect=SNAT !assumes=random')
    expectWay(nat, { from: 'netns/h/a', to: '203.0.113.9:80', sport: 999 }, 'forwarded src=192.0.2.50 assumes=random')
  })

  test('the nat table is asked for the first packet of a connection alone', () => {
    const nat = engine({
      iptables: `*nat
        -A PREROUTING -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.1.0.2:80
        -A POSTROUTING -p tcp -m tcp --sport 80 -j SNAT --to-source 198.18.0.1`,
      nft: `table ip nat {
        chain pre {
          type nat hook prerouting priority dstnat; policy accept;
          tcp dport 8000 dnat to 10.1.0.2:80
        }
        chain post {
          type nat hook postrouting priority srcnat; policy accept;
          tcp sport 80 snat to 198.18.0.1
        }
      }`,
    })
    expectWay(nat, { ...client, to: '192.0.2.10:8000' }, 'connects reply:src=192.0.2.10:8000 !reply:effect=SNAT')
  })

  test('a chain that set the mapping up ends the table, and the rest of the nat chains are not asked', () => {
    const nat = engine({
      iptables: `*nat
        -A PREROUTING -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.1.0.2:80
        -A PREROUTING -p tcp -j DNAT --to-destination 10.1.0.3:80`,
      nft: `table ip nat {
        chain pre {
          type nat hook prerouting priority dstnat; policy accept;
          tcp dport 8000 dnat to 10.1.0.2:80
          meta l4proto tcp dnat to 10.1.0.3:80
        }
      }`,
    })
    expectWay(nat, { ...client, to: '192.0.2.10:8000' }, 'at=h/a:eth0 dst=10.1.0.2:80')
    expectWay(nat, { ...client, to: '192.0.2.10:9' }, 'at=h/b:eth0 dst=10.1.0.3:80')
  })

  test('DNAT to a pod on the sender’s own bridge without masquerading: the answer takes a short cut', () => {
    const nat = engine(
      {
        iptables: `*nat
          -A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.3:80`,
        nft: `table ip nat {
          chain pre {
            type nat hook prerouting priority dstnat; policy accept;
            ip daddr 10.96.0.1 tcp dport 80 dnat to 10.1.0.3:80
          }
        }`,
      },
      'net.bridge.bridge-nf-call-iptables = 0',
    )
    expectWay(nat, { from: 'netns/h/a', to: '10.96.0.1:80' }, 'delivered timeout at=h/b:eth0 reply:src=10.1.0.3:80 reply:at=h/a:eth0')
  })

  test('DNAT to an address that nobody has', () => {
    const nat = engine({
      iptables: `*nat
        -A PREROUTING -p tcp -m tcp --dport 8000 -j DNAT --to-destination 10.1.0.99:80`,
      nft: `table ip nat {
        chain pre {
          type nat hook prerouting priority dstnat; policy accept;
          tcp dport 8000 dnat to 10.1.0.99:80
        }
      }`,
    })
    expectWay(nat, { ...client, to: '192.0.2.10:8000' }, 'dropped no-neighbour unreachable dst=10.1.0.99:80')
  })
})

describe('targets that iptables alone has, or spells otherwise', () => {
  const engine = (iptables: string) => engineWith({ iptables: save(iptables) })

  test('NETMAP keeps the host bits', () => {
    const nat = engine(`*nat
      -A PREROUTING -d 172.20.5.0/24 -j NETMAP --to 10.1.0.0/24
      -A POSTROUTING -s 10.1.0.0/24 -o eth0 -j NETMAP --to 172.20.5.0/24`)
    expectWay(nat, { ...client, to: '172.20.5.3:80' }, 'delivered connects at=h/b:eth0 dst=10.1.0.3:80')
    expectWay(nat, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded src=172.20.5.2:45678')
  })

  test('MASQUERADE --to-ports changes the port where it does not fit', () => {
    const nat = engine('*nat\n-A POSTROUTING -o eth0 -p tcp -j MASQUERADE --to-ports 2000-2000')
    expectWay(nat, { from: 'netns/h/a', to: '203.0.113.9:80' }, 'forwarded src=192.0.2.10:2000 !assumes=random')
  })

  test('--random draws a port', () => {
    expectWay(
      engine('*nat\n-A POSTROUTING -o eth0 -j MASQUERADE --random-fully'),
      { from: 'netns/h/a', to: '203.0.113.9:80' },
      'forwarded src=192.0.2.10 assumes=random',
    )
    // Also where the address stays, the connection is translated from then on.
    const itself = engine(`*nat
      -A POSTROUTING -o lo -j MASQUERADE --random
      *filter
      -A INPUT -m conntrack --ctstate SNAT -j DROP`)
    expectWay(itself, { from: 'host/h', to: '192.0.2.10:80' }, 'dropped rule src=192.0.2.10 assumes=random')
  })

  test('IPv6: DNAT with brackets, REDIRECT to an address of the device', () => {
    const nat = engineWith({
      ip6tables: save(`*nat
        -A PREROUTING -d 2001:db8::10/128 -p tcp -m tcp --dport 8000 -j DNAT --to-destination [fd00::2]:80
        -A PREROUTING -i br0 -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 80
        -A POSTROUTING -s fd00::/64 -o eth0 -j MASQUERADE`),
    })
    const from = { ...client, src: '2001:db8:9::5' }
    expectWay(nat, { ...from, to: '[2001:db8::10]:8000' }, 'delivered connects at=h/a:eth0 dst=fd00::2:80')
    expectWay(nat, { from: 'netns/h/a', to: '[2001:db8:9::5]:81' }, 'delivered connects at=h:br0 dst=fd00::1:80')
    expectWay(nat, { from: 'netns/h/a', to: '[2001:db8:9::5]:443' }, 'forwarded connects src=2001:db8::10:45678')
  })

  test('MASQUERADE on a device without an address drops', () => {
    const lonely = engineOfMachines({
      h: {
        devices: 'eth0 192.0.2.10/24,scope=link\nbr0 bridge 10.1.0.1/24,scope=link\nv@if9 master=br0',
        routes: 'default via 192.0.2.1 dev eth0',
        sysctl: 'net.ipv4.ip_forward = 1',
        iptables: save('*nat\n-A POSTROUTING -o eth0 -j MASQUERADE'),
      },
    })
    expectWay(lonely, { from: '10.1.0.7', to: '203.0.113.9:80' }, 'dropped nat-failed')
  })
})

describe('addresses and ports that a range leaves open', () => {
  const picked = (range: string, to: string, sport = 45678) => {
    const nat = engineWith({ iptables: save(`*nat\n-A POSTROUTING -o eth0 -j SNAT --to-source ${range}`) })
    const [outcome] = expectWay(nat, { from: 'netns/h/a', to, sport }, 'forwarded')
    return outcome?.packet.src
  }

  test('one sender and one destination always get the same address, whatever the ports', () => {
    expect(picked('198.18.0.0-198.18.0.255', '203.0.113.9:80')).toBe(picked('198.18.0.0-198.18.0.255', '203.0.113.9:443', 1234))
  })

  test('--persistent: a sender has one address for all destinations', () => {
    const all = ['203.0.113.9:80', '203.0.113.10:80', '8.8.8.8:80'].map((to) => picked('198.18.0.0-198.18.0.255 --persistent', to))
    expect(new Set(all).size).toBe(1)
  })
})
