import { describe, expect, test } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { createEngine } from './engine.ts'
import { save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

/** Milliseconds that are far more than it takes, and far less than a hang. */
const SOON = 20_000
const file = (name: string, text: string) => ({ path: `hosts/h/${name}`, text })
const engineOf = (...files: { path: string; text: string }[]) => createEngine(readDocuments(files))
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5', to: '192.0.2.10:80' }

describe('little evidence', () => {
  test('none at all', () => {
    const engine = createEngine([])
    expect(engine.model.namespaces).toEqual([])
    for (const from of ['host/h', 'outside', '10.0.0.1', 'netns/h/p', 'pod/a/b', 'container/c', 'svc/a/b'])
      expect(engine.trace({ from, to: '10.0.0.2:80' })).toMatchObject({ kind: 'bad-request' })
  })

  test('rules alone decide as far as they can', () => {
    const engine = engineOf(
      file('iptables-save.txt', save('*filter\n-A INPUT -p tcp -m tcp --dport 80 -j DROP\n*raw\n-A PREROUTING -s 198.51.100.0/24 -j DROP')),
    )
    expectWay(engine, client, 'unknown missing-evidence missing=ip-route.json')
    expectWay(engine, { ...client, src: '198.51.100.9' }, 'dropped rule by=raw/PREROUTING/1')
    expectWay(engine, { from: 'host/h', to: '192.0.2.77:80' }, 'unknown missing=ip-route.json')
  })

  test('addresses alone route to their networks', () => {
    const text = '2: eth0    inet 192.0.2.10/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever preferred_lft forever\n'
    const engine = engineOf(file('ip-addr.txt', text))
    expectWay(engine, client, 'delivered unknown missing=ss.txt')
    expectWay(engine, { from: 'host/h', to: '192.0.2.77:80' }, 'forwarded src=192.0.2.10')
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'unknown missing=ip-route.json')
  })

  test.each([
    'iptables-save.txt',
    'nft.txt',
    'nft.json',
    'ip-addr.json',
    'ip-route.json',
    'ip-rule.json',
    'sysctl.txt',
    'ss.txt',
    'conntrack.txt',
    'bridge-fdb.json',
  ])('an empty %s', (name) => {
    const engine = engineOf(file(name, name.endsWith('json') ? '[]' : ''))
    const result = engine.trace(client)
    if ('kind' in result) expect(result.hint).not.toBe('')
    else expect(result.outcomes.length).toBeGreaterThan(0)
  })

  test.each(['{', '[{"ifname":', '\u0000\u0001\u0002', 'x'.repeat(100_000), '-A INPUT\n'.repeat(1000), ':::::\n*\nCOMMIT\n*nat\n*nat\n'])(
    'rubbish: %.12j',
    (text) => {
      for (const name of [
        'iptables-save.txt',
        'nft.json',
        'nft.txt',
        'ip-addr.json',
        'ip-route.txt',
        'conntrack.txt',
        'ipset-save.txt',
        'bridge-link.json',
      ])
        expect(() => engineOf(file(name, text)).trace(client)).not.toThrow()
    },
  )
})

describe('odd evidence', () => {
  test.each(['__proto__', 'constructor', 'a b', '-', '..', 'eth0:1', 'x'.repeat(200), 'été', '"', '$(reboot)', '%s'])(
    'a device named %j',
    (name) => {
      const link = {
        ifindex: 2,
        ifname: name,
        flags: ['UP', 'LOWER_UP'],
        mtu: 1500,
        operstate: 'UP',
        link_type: 'ether',
        address: '02:00:00:00:00:01',
      }
      const addr = [{ ...link, addr_info: [{ family: 'inet', local: '192.0.2.10', prefixlen: 24, scope: 'global', label: name }] }]
      const route = [
        { type: 'unicast', dst: 'default', gateway: '192.0.2.1', dev: name, table: 'constructor' },
        { type: 'unicast', dst: 'default', gateway: '192.0.2.1', dev: name },
      ]
      const engine = engineOf(file('ip-addr.json', JSON.stringify(addr)), file('ip-route.json', JSON.stringify(route)))
      expectWay(engine, { ...client, iif: name }, 'delivered')
      expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, `forwarded src=192.0.2.10`)
    },
  )

  test.each(['__proto__', 'constructor', '..', ' ', '%2e'])('a host named %j', (name) => {
    const engine = createEngine(
      readDocuments([{ path: `hosts/${name}/ip-addr.txt`, text: '2: eth0    inet 192.0.2.10/24 scope global eth0\n' }]),
    )
    expectWay(engine, { from: `host/${name}`, to: '192.0.2.77:80' }, 'forwarded')
  })

  test('a bridge that is its own port, and bridges that are each other’s', () => {
    const engine = engineOfMachines({
      h: { devices: 'br0 bridge 10.1.0.1/24 master=br0\nbr1 bridge 10.2.0.1/24 master=br2\nbr2 bridge 10.3.0.1/24 master=br1' },
    })
    for (const to of ['10.1.0.9:80', '10.2.0.9:80', '10.3.0.9:80']) expect(engine.trace({ from: 'host/h', to })).toHaveProperty('outcomes')
    for (const from of ['10.1.0.9', '10.2.0.9']) expect(engine.trace({ from, to: '10.3.0.9:80' })).toHaveProperty('outcomes')
  })

  test('veths that name each other wrongly', () => {
    const engine = engineOfMachines({
      h: { devices: 'a@if3 10.1.0.1/24\nb@if2 10.2.0.1/24\nc@if4 10.3.0.1/24' },
      'h/p': { devices: 'eth0@if2 10.1.0.2/24\neth1@if3 10.2.0.2/24' },
    })
    for (const to of ['10.1.0.2:80', '10.2.0.2:80', '10.3.0.2:80']) expect(engine.trace({ from: 'host/h', to })).toHaveProperty('outcomes')
  })

  test('routes that lead round in a circle', () => {
    const engine = engineOfMachines({
      h: { devices: 'v1@h/p:eth0 10.9.0.1/24', routes: 'default via 10.9.0.2 dev v1', sysctl: 'net.ipv4.ip_forward = 1' },
      'h/p': { devices: 'eth0@h:v1 10.9.0.2/24', routes: 'default via 10.9.0.1 dev eth0', sysctl: 'net.ipv4.ip_forward = 1' },
    })
    expectWay(engine, { ...client, iif: 'v1', to: '8.8.8.8:53/udp', ttl: 5 }, 'ttl-exceeded rejected')
    expectWay(engine, { ...client, iif: 'v1', to: '8.8.8.8:53/udp', ttl: 255 }, 'dropped loop')
    // What the host itself sent it does not take back.
    expectWay(engine, { from: 'host/h', to: '8.8.8.8:53/udp' }, 'dropped martian')
  })

  test('bridges whose cables lead round in a circle', () => {
    const engine = engineOfMachines({
      h: {
        devices:
          'br0 bridge 10.1.0.1/24\nbr1 bridge\na0@h:a1 master=br0\na1@h:a0 master=br1\nb0@h:b1 master=br0\nb1@h:b0 master=br1\nvp@h/p:eth0 master=br1\nc@if77 master=br1',
      },
      'h/p': { devices: 'eth0@h:vp 10.1.0.2/24' },
    })
    expectWay(engine, { from: 'host/h', to: '10.1.0.2:80' }, 'delivered at=h/p:eth0')
    expect(engine.trace({ from: 'host/h', to: '10.1.0.3:80' })).toHaveProperty('outcomes')
    expect(engine.trace({ from: 'netns/h/p', to: '10.1.0.3:80' })).toHaveProperty('outcomes')
  })

  test('a VXLAN device whose other end is itself', () => {
    const engine = engineOfMachines({
      h: {
        devices: 'eth0 192.0.2.10/24\nvx vxlan=1:192.0.2.10 10.42.0.0/32',
        routes: '10.42.1.0/24 via 10.42.1.0 dev vx onlink\n192.0.2.99 via 10.42.1.0 dev vx onlink',
        neighbours: '10.42.1.0 dev vx lladdr 02:00:00:00:00:77 PERMANENT\n',
        fdb: '02:00:00:00:00:77 dev vx dst 192.0.2.99 self permanent\n',
      },
    })
    expectWay(engine, { from: 'host/h', to: '10.42.1.5:80' }, 'loop dropped')
  })
})

describe('much evidence', () => {
  const timed = (work: () => void) => {
    const start = performance.now()
    work()
    expect(performance.now() - start).toBeLessThan(SOON)
  }

  test('100,000 routes', () => {
    const routes = Array.from(
      { length: 100_000 },
      (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 via 192.0.2.${2 + (i % 250)} dev eth0`,
    )
    timed(() => {
      const engine = engineOfMachines({ h: { devices: 'eth0 192.0.2.10/24', routes: routes.join('\n') } })
      expectWay(engine, { from: 'host/h', to: '10.1.2.3:80' }, 'forwarded dev=eth0 via=192.0.2.53')
    })
  })

  test('20,000 addresses, links and neighbours', () => {
    const n = 20_000
    const addr = Array.from({ length: n }, (_, i) => `${i + 2}: e${i}    inet 10.${i >> 8}.${i & 255}.1/24 scope global e${i}`).join('\n')
    const neigh = Array.from({ length: n }, (_, i) => `10.${i >> 8}.${i & 255}.2 dev e${i} lladdr 02:00:00:00:00:01 REACHABLE`).join('\n')
    timed(() => {
      const engine = engineOf(file('ip-addr.txt', addr), file('ip-neigh.txt', neigh))
      expectWay(engine, { from: 'host/h', to: '10.7.7.2:80' }, 'forwarded dev=e1799')
    })
  })

  test('100,000 conntrack entries, sockets and rules', () => {
    const n = 100_000
    const conntrack = Array.from({ length: n }, (_, i) => {
      const [a, b] = [i >> 8, i & 255]
      return `udp 17 29 src=10.${a & 255}.${b}.1 dst=8.8.8.8 sport=${1024 + (i % 60000)} dport=53 src=8.8.8.8 dst=192.0.2.10 sport=53 dport=${1024 + (i % 60000)} mark=0 use=1`
    })
    const ss = Array.from({ length: n }, (_, i) => `tcp LISTEN 0 5 127.${i >> 16}.${(i >> 8) & 255}.${i & 255}:80 0.0.0.0:*`)
    const rules = Array.from(
      { length: n },
      (_, i) => `-A INPUT -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -p tcp -m tcp --dport 80 -j DROP`,
    )
    timed(() => {
      const engine = engineOfMachines({
        h: {
          devices: 'eth0 192.0.2.10/24',
          routes: 'default via 192.0.2.1 dev eth0',
          conntrack: conntrack.join('\n'),
          ss: ss.join('\n'),
          iptables: save(`*filter\n${rules.join('\n')}`),
        },
      })
      expectWay(engine, { ...client, src: '10.1.2.3' }, 'dropped rule=filter/INPUT/66052')
      expectWay(engine, client, 'delivered refused')
    })
  })

  test('1,000 pods', () => {
    const pods = Array.from({ length: 1000 }, (_, i) => i)
    const machines = Object.fromEntries(
      pods.map(
        (i) =>
          [`h/p${i}`, { devices: `eth0@h:v${i} 10.1.${i >> 8}.${i & 255 || 1}/16`, routes: 'default via 10.1.99.1 dev eth0' }] as const,
      ),
    )
    const host = { devices: `eth0 192.0.2.10/24\nbr0 bridge 10.1.99.1/16\n${pods.map((i) => `v${i}@h/p${i}:eth0 master=br0`).join('\n')}` }
    timed(() => {
      const engine = engineOfMachines({ h: host, ...machines })
      expectWay(engine, { from: 'netns/h/p7', to: '10.1.3.200:80' }, 'delivered at=h/p968:eth0 unknown')
    })
  })

  test('a chain of 5,000 jumps', () => {
    const jumps = Array.from({ length: 5000 }, (_, i) => `-A C${i} -j C${i + 1}`)
    timed(() => {
      const engine = engineOfMachines({
        h: { devices: 'eth0 192.0.2.10/24', iptables: save(`*filter\n-A INPUT -j C0\n${jumps.join('\n')}\n-A C5000 -j DROP`) },
      })
      expect(engine.trace(client)).toHaveProperty('outcomes')
    })
  })
})
