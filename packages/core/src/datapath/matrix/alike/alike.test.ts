import { describe, expect, test } from 'vitest'
import { collectObjects } from '../../../model/objects.ts'
import { type ClusterShape, type Draft, flannelCluster, nodeAddress, podAddress } from '../../testing/cluster.ts'
import { engineOfMachines } from '../../testing/story.ts'
import type { Cell } from '../cell.ts'
import { everyPair } from '../every-pair.ts'
import type { Matrix } from '../matrix.ts'
import { allPlaces } from '../places.ts'
import { alikePairs } from './alike.ts'

const SHAPE: ClusterShape = { nodes: 4, pods: 3, services: [['1.1', '2.2'], ['3.1', '3.2', '4.3'], ['2.1']], proxy: 'iptables' }

/** A fault, or something that is none, and only tells hosts or pods apart. */
type Change = (machines: Record<string, Draft>, draw: (below: number) => number) => void
const node = (machines: Record<string, Draft>, draw: (below: number) => number): Draft => machines[`n${1 + draw(4)}`] as Draft
const pod = (machines: Record<string, Draft>, draw: (below: number) => number): Draft =>
  machines[`n${1 + draw(4)}/p${1 + draw(3)}`] as Draft
const without = (text: string | undefined, at: number): string => {
  const lines = (text ?? '').split('\n')
  return lines.filter((_, i) => i !== at % lines.length).join('\n')
}
const insert = (machine: Draft, table: string, rule: string): void => {
  const [before = '', after = ''] = (machine.iptables ?? '').split(`*${table}\n`)
  const at = after.indexOf('-A ')
  machine.iptables = `${before}*${table}\n${after.slice(0, at)}${rule}\n${after.slice(at)}`
}
const append = (machine: Draft, field: 'routes' | 'neighbours' | 'sysctl' | 'fdb', line: string): void => {
  machine[field] = `${machine[field] ?? ''}\n${line}`
}
const anyPod = (draw: (below: number) => number): string => podAddress(1 + draw(4), 1 + draw(3))
const anyNode = (draw: (below: number) => number): string => nodeAddress(1 + draw(4))

const CHANGES: Readonly<Record<string, Change>> = {
  'a route is gone': (m, draw) => {
    const n = node(m, draw)
    n.routes = without(n.routes, draw(9))
  },
  'a neighbour is gone': (m, draw) => {
    const n = node(m, draw)
    n.neighbours = without(n.neighbours, draw(9))
  },
  'a neighbour failed': (m, draw) => append(node(m, draw), 'neighbours', `${anyPod(draw)} dev cni0 FAILED`),
  'an FDB entry is gone': (m, draw) => {
    const n = node(m, draw)
    n.fdb = without(n.fdb, draw(9))
  },
  'an FDB entry leads to another host': (m, draw) => {
    const n = node(m, draw)
    n.fdb = (n.fdb ?? '').replace(/dst \S+/, `dst ${anyNode(draw)}`)
  },
  'a rule drops a pod': (m, draw) => insert(node(m, draw), 'filter', `-A FORWARD -${draw(2) ? 's' : 'd'} ${anyPod(draw)}/32 -j DROP`),
  'a rule drops part of a subnet': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD -${draw(2) ? 's' : 'd'} 10.244.${1 + draw(4)}.2/31 -j DROP`),
  'a rule rejects a subnet': (m, draw) =>
    insert(
      node(m, draw),
      'filter',
      `-A FORWARD -${draw(2) ? 's' : 'd'} 10.244.${1 + draw(4)}.0/24 -j REJECT --reject-with icmp-port-unreachable`,
    ),
  'a rule between two pods': (m, draw) => insert(node(m, draw), 'filter', `-A FORWARD -s ${anyPod(draw)}/32 -d ${anyPod(draw)}/32 -j DROP`),
  'a chain of a pod’s own': (m, draw) => {
    const n = node(m, draw)
    insert(n, 'filter', `-A FORWARD -d ${anyPod(draw)}/32 -j POD-FW`)
    n.iptables = (n.iptables ?? '')
      .replace('*filter\n', '*filter\n:POD-FW - [0:0]\n')
      .replace('COMMIT', `-A POD-FW -s ${anyPod(draw)}/32 -j RETURN\n-A POD-FW -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT`)
  },
  'a rule drops by interface': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD -m physdev --physdev-in veth${1 + draw(3)} -j DROP`),
  'a host drops VXLAN': (m, draw) => insert(node(m, draw), 'filter', '-A INPUT -p udp -m udp --dport 8472 -j DROP'),
  'a host drops VXLAN of one other': (m, draw) =>
    insert(node(m, draw), 'filter', `-A INPUT -s ${anyNode(draw)}/32 -p udp -m udp --dport 8472 -j DROP`),
  'a host lets VXLAN of one other through': (m, draw) => {
    const n = node(m, draw)
    insert(n, 'filter', '-A INPUT -p udp -m udp --dport 8472 -j DROP')
    insert(n, 'filter', `-A INPUT -s ${anyNode(draw)}/32 -p udp -m udp --dport 8472 -j ACCEPT`)
  },
  'FORWARD drops by policy': (m, draw) => {
    const n = node(m, draw)
    n.iptables = (n.iptables ?? '').replace(':FORWARD ACCEPT', ':FORWARD DROP')
  },
  'an endpoint is dropped for a Service alone': (m, draw) =>
    insert(node(m, draw), 'nat', `-A KUBE-SVC-${draw(3)} -s 10.244.${1 + draw(4)}.2/31 -j KUBE-MARK-MASQ`),
  'a Service is gone': (m, draw) => {
    const n = node(m, draw)
    n.iptables = (n.iptables ?? '').replace(/-A KUBE-SERVICES -d 10\.96\.0\.11.*\n/, '')
  },
  'a Service is translated to a pod that is gone': (m, draw) => {
    const n = node(m, draw)
    n.iptables = (n.iptables ?? '').replace(/to-destination 10\.244\.(\d)\.\d+:8080/, 'to-destination 10.244.$1.99:8080')
  },
  'a Service is translated to another port': (m, draw) => {
    const n = node(m, draw)
    n.iptables = (n.iptables ?? '').replace(/(to-destination \S+):8080/, '$1:9090')
  },
  'a Service leads to a host': (m, draw) => {
    for (const id of ['n1', 'n2', 'n3', 'n4']) {
      const n = m[id] as Draft
      n.iptables = (n.iptables ?? '').replace(/(KUBE-SEP-2-0 .*to-destination) \S+/, `$1 ${nodeAddress(1 + draw(4))}:8080`)
    }
  },
  'everything on port 8080 is redirected': (m, draw) =>
    insert(node(m, draw), 'nat', '-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 8081'),
  'pods go out by another source': (m, draw) =>
    insert(node(m, draw), 'nat', `-A POSTROUTING -s ${anyPod(draw)}/32 -j SNAT --to-source ${anyNode(draw)}`),
  'a host sends a Service elsewhere': (m, draw) =>
    insert(node(m, draw), 'nat', `-A PREROUTING -d 10.96.0.10/32 -j DNAT --to-destination ${anyPod(draw)}`),
  'strict reverse path': (m, draw) =>
    append(node(m, draw), 'sysctl', `net.ipv4.conf.${draw(2) ? 'all' : `veth${1 + draw(3)}`}.rp_filter = 1`),
  'forwarding is off': (m, draw) => {
    const n = node(m, draw)
    n.sysctl = (n.sysctl ?? '').replace('ip_forward = 1', 'ip_forward = 0')
  },
  'bridges do not call iptables': (m, draw) => {
    const n = node(m, draw)
    n.sysctl = (n.sysctl ?? '').replace('iptables = 1', 'iptables = 0')
  },
  'hairpin is off': (m, draw) => {
    const n = node(m, draw)
    n.devices = (n.devices ?? '').replace(' hairpin', '')
  },
  'a port is isolated': (m, draw) => {
    const n = node(m, draw)
    n.devices = (n.devices ?? '').replaceAll(' hairpin', ` hairpin ${draw(2) ? 'isolated' : ''}`)
  },
  'a port is down': (m, draw) => {
    const n = node(m, draw)
    n.devices = (n.devices ?? '').replace(new RegExp(`(veth${1 + draw(3)}@.*) mtu`), '$1 down mtu')
  },
  'flannel is down': (m, draw) => {
    const n = node(m, draw)
    n.devices = (n.devices ?? '').replace(/(flannel\.1 .*) mtu/, '$1 down mtu')
  },
  'another VNI': (m, draw) => {
    const n = node(m, draw)
    n.devices = (n.devices ?? '').replace('vxlan=1', 'vxlan=7')
  },
  'a default route by another host': (m, draw) => {
    const n = node(m, draw)
    n.routes = (n.routes ?? '').replace('via 192.0.2.1 ', `via ${anyNode(draw)} `)
  },
  'a subnet by another host': (m, draw) => {
    const n = node(m, draw)
    n.routes = (n.routes ?? '').replace(/via 10\.244\.(\d)\.0/, `via 10.244.${1 + draw(4)}.0`)
  },
  'a pod is routed elsewhere': (m, draw) => append(node(m, draw), 'routes', `${anyPod(draw)} via ${anyNode(draw)} dev eth0`),
  'a blackhole': (m, draw) => append(node(m, draw), 'routes', `blackhole ${draw(2) ? anyPod(draw) : '10.96.0.0/24'}`),
  'a policy route': (m, draw) => {
    const n = node(m, draw)
    n.rules = `0: from all lookup local\n100: from ${anyPod(draw)} lookup 77\n32766: from all lookup main\n32767: from all lookup default`
    append(n, 'routes', 'default via 192.0.2.1 dev eth0 table 77')
  },
  'a policy route to a subnet': (m, draw) => {
    const n = node(m, draw)
    n.rules = `0: from all lookup local\n100: from all to 10.244.${1 + draw(4)}.0/24 lookup 77\n32766: from all lookup main\n32767: from all lookup default`
    append(n, 'routes', 'default via 192.0.2.1 dev eth0 table 77')
  },
  'a pod has no default route': (m, draw) => {
    pod(m, draw).routes = ''
  },
  'a pod drops another': (m, draw) => {
    pod(m, draw).nft =
      `table ip filter {\nchain input {\ntype filter hook input priority 0; policy accept;\nip saddr ${anyPod(draw)} drop\n}\n}\n`
  },
  'a pod drops what comes in': (m, draw) => {
    pod(m, draw).nft = 'table ip filter {\nchain input {\ntype filter hook input priority 0; policy accept;\ntcp dport 8080 drop\n}\n}\n'
  },
  'a pod serves another port': (m, draw) => {
    pod(m, draw).ss = 'tcp LISTEN 0 128 *:9090 *:*'
  },
  'a pod serves nothing': (m, draw) => {
    pod(m, draw).ss = ''
  },
  'a pod was not captured': (m, draw) => {
    delete m[`n${1 + draw(4)}/p${1 + draw(3)}`]
  },
  'an ipset of pods': (m, draw) => {
    const n = node(m, draw)
    n.ipset = `create denied hash:net family inet\nadd denied ${anyPod(draw)}\nadd denied 10.244.${1 + draw(4)}.0/24`
    insert(n, 'filter', `-A FORWARD -m set --match-set denied ${draw(2) ? 'src' : 'dst'} -j DROP`)
  },
  'errors are filtered': (m, draw) => {
    const n = node(m, draw)
    insert(
      n,
      'filter',
      `-A FORWARD -${draw(2) ? 's' : 'd'} 10.244.${1 + draw(4)}.0/24 -p tcp -j REJECT --reject-with icmp-admin-prohibited`,
    )
    insert(n, 'filter', `-A OUTPUT ${draw(2) ? `-d ${anyPod(draw)}/32 ` : ''}-p icmp -j DROP`)
  },
  'errors go elsewhere': (m, draw) => {
    const n = node(m, draw)
    append(n, 'routes', `prohibit ${anyPod(draw)}`)
    append(n, 'routes', `${anyPod(draw)} via ${anyNode(draw)} dev eth0`)
  },
  'resets are filtered on the way back': (m, draw) => {
    insert(node(m, draw), 'filter', `-A FORWARD -d ${anyPod(draw)}/32 -p tcp -j REJECT --reject-with tcp-reset`)
    insert(node(m, draw), 'filter', `-A FORWARD -s 10.244.${1 + draw(4)}.0/24 -p tcp -m tcp --tcp-flags RST RST -j DROP`)
  },
  'a rule drops all but a pod': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD ! -${draw(2) ? 's' : 'd'} ${anyPod(draw)}/32 -j DROP`),
  'a rule drops all but a subnet': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD ! -${draw(2) ? 's' : 'd'} 10.244.${1 + draw(4)}.0/24 -p tcp -j DROP`),
  'a rule drops a range of addresses': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD -m iprange --${draw(2) ? 'src' : 'dst'}-range 10.244.1.3-10.244.${1 + draw(4)}.2 -j DROP`),
  'a rule drops by link address': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD -m mac --mac-source 02:00:00:00:0${draw(4)}:0${draw(4)} -j DROP`),
  'a chance of loss for a pod': (m, draw) =>
    insert(node(m, draw), 'filter', `-A FORWARD -d ${anyPod(draw)}/32 -m statistic --mode random --probability 0.25 -j DROP`),
  'a mark by source, and a route by mark': (m, draw) => {
    const n = node(m, draw)
    n.iptables = `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s ${anyPod(draw)}/32 -j MARK --set-xmark 0x77/0xffffffff\nCOMMIT\n${n.iptables ?? ''}`
    n.rules = '0: from all lookup local\n100: from all fwmark 0x77 lookup 77\n32766: from all lookup main\n32767: from all lookup default'
    append(n, 'routes', `blackhole 10.244.${1 + draw(4)}.0/24 table 77`)
  },
  'a native table that names pods in a set': (m, draw) => {
    const n = node(m, draw)
    n.nft = `${n.nft ?? ''}table ip more {\nset denied {\ntype ipv4_addr . ipv4_addr\nelements = { ${anyPod(draw)} . ${anyPod(draw)} }\n}\nchain forward {\ntype filter hook forward priority 5; policy accept;\nip saddr . ip daddr @denied drop\nip ${draw(2) ? 's' : 'd'}addr { ${anyPod(draw)}, 10.244.${1 + draw(4)}.0/30 } tcp dport 8080 reject\n}\n}\n`
  },
  'a native verdict map': (m, draw) => {
    const n = node(m, draw)
    n.nft = `${n.nft ?? ''}table ip vm {\nchain odd {\nip daddr ${anyPod(draw)} drop\n}\nchain forward {\ntype filter hook forward priority 6; policy accept;\nip saddr vmap { ${anyPod(draw)} : jump odd, 10.244.${1 + draw(4)}.0/24 : continue }\n}\n}\n`
  },
  'what was opened from elsewhere alone is let through': (m, draw) => {
    const n = node(m, draw)
    insert(n, 'filter', `-A FORWARD -s 10.244.${1 + draw(4)}.0/24 -j DROP`)
    insert(n, 'filter', '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
  },
  'a pod has the MTU of another network': (m, draw) => {
    const p = pod(m, draw)
    p.devices = (p.devices ?? '').replace(/mtu=\d+/, 'mtu=60')
  },
  'the rules of a host are not captured': (m, draw) => {
    delete (node(m, draw) as Partial<Draft>).iptables
  },
  'a connection of before': (m, draw) => {
    const [a, b] = [anyPod(draw), anyPod(draw)]
    node(m, draw).conntrack =
      `tcp 6 86390 ESTABLISHED src=${a} dst=${b} sport=${draw(2) ? 45678 : 40000} dport=8080 src=${b} dst=${a} sport=8080 dport=${draw(2) ? 45678 : 40000} [ASSURED] mark=0 use=1`
  },
}

function compare(machines: Record<string, Draft>): { readonly matrix: Matrix; readonly wrong: readonly string[] } {
  const engine = engineOfMachines(machines as Record<string, Draft>)
  const objects = collectObjects(engine.model.documents)
  const places = allPlaces(engine.model, objects)
  const every = cellsOf(everyPair(engine, places, false, () => undefined))
  const matrix = alikePairs(engine, objects, places, false, () => undefined)
  const alike = cellsOf(matrix)
  const wrong = [...every]
    .filter(([pair, text]) => alike.get(pair) !== text)
    .map(([pair, text]) => `${pair}: ${text}, told ${alike.get(pair)}`)
  if (alike.size !== every.size) wrong.push(`${alike.size} pairs instead of ${every.size}`)
  if (matrix.pairs !== every.size) wrong.push(`${matrix.pairs} pairs counted instead of ${every.size}`)
  return { matrix, wrong }
}

/** What is found for each pair; rules are told by table and chain, as hosts that are alike name themselves in theirs. */
function cellsOf(matrix: Matrix): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const [row, senders] of matrix.senders.entries()) {
    for (const [column, targets] of matrix.targets.entries()) {
      const cell = matrix.cells[matrix.at(row, column)]
      if (!cell) continue
      for (const sender of senders.members)
        for (const target of targets.members) {
          if (sender.place === target.bare && target.kind !== 'published') continue
          all.set(`${sender.place} ${sender.host} → ${target.place}`, textOf(cell))
        }
    }
  }
  for (const { sender, target, cell } of matrix.exceptions) all.set(`${sender.place} ${sender.host} → ${target.place}`, textOf(cell))
  return all
}

const textOf = ({ word, parts }: Cell): string =>
  `${word} ${parts
    .map(
      ({ word: one, probability, cause }) =>
        `${one} ${probability?.toFixed(3)} ${cause?.kind} ${cause?.reason} ${cause?.where} ${cause?.step?.table} ${cause?.step?.chain}`,
    )
    .sort()
    .join(' | ')}`

function draws(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 12345
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 9) % below
  }
}

describe('what is taken together fares alike, pair by pair', () => {
  test.each(['iptables', 'nftables'] as const)('a healthy cluster, kube-proxy in %s mode: few traces', (proxy) => {
    const { matrix, wrong } = compare(flannelCluster({ ...SHAPE, proxy }))
    expect(wrong).toEqual([])
    expect(matrix.traced).toBeLessThan(matrix.pairs / 2)
  })

  test.each(Object.keys(CHANGES))('%s', (name) => {
    for (const proxy of ['iptables', 'nftables'] as const) {
      for (let seed = 1; seed <= 2; seed++) {
        const machines = flannelCluster({ ...SHAPE, proxy })
        CHANGES[name]?.(machines, draws(seed))
        expect(compare(machines).wrong, `${proxy}, seed ${seed}`).toEqual([])
      }
    }
  })

  test('several changes at once', () => {
    const names = Object.keys(CHANGES)
    for (let seed = 100; seed < 112; seed++) {
      const draw = draws(seed)
      const machines = flannelCluster(SHAPE)
      const chosen = [names[draw(names.length)], names[draw(names.length)], names[draw(names.length)]] as string[]
      // What takes a machine away comes last.
      for (const name of [...chosen].sort((a, b) => Number(a.includes('captured')) - Number(b.includes('captured'))))
        CHANGES[name]?.(machines, draw)
      expect(compare(machines).wrong, `seed ${seed}: ${chosen.join(', ')}`).toEqual([])
    }
  })
})
