import type { CauseId } from '@culprit/core/diagnose/causes/ids'
import type { Spec } from '../connections.ts'
import type { Asked } from '../convict.ts'
import type { Network } from '../network.ts'
import { buildHost, type Guest, HOST, type HostPlan, INTERNET, LAN, OFFICE } from './host-network.ts'
import { dockerRules, kubeRules, POD_MASQUERADE, type ProxiedService, type Published } from './rules.ts'

/** What is done to the machine, and the causes that are right for it; none: all that works must go on to, and nobody be accused. */
export interface HostCase {
  readonly base: 'docker' | 'pods'
  readonly causes: readonly CauseId[]
  /** Lines for a shell in a namespace: `iptables -I …` on the machine, `d1| ip route …` in d1; `@lan` is the name of a namespace. */
  readonly make: readonly string[]
  /** Connections beside those of the base. */
  readonly asks?: readonly Asked[]
  /** Connections with two faults, one behind the other: whoever mends them needs both named. */
  readonly both?: Readonly<Record<string, readonly CauseId[]>>
}

export const DOCKER0 = '172.17.0.1/16'
export const BR = 'br-6f1c0ffee123'

const guest = (name: string, bridge: string, address: string, serves: readonly number[], on?: string): Guest => ({
  name,
  bridge,
  address,
  port: `${bridge === 'cni0' ? 'veth' : 'vetha'}${name}`,
  serves,
  ...(on === undefined ? {} : { on }),
})

const DOCKER_BRIDGES = { docker0: DOCKER0, [BR]: '172.19.0.1/16' }
const DOCKER: HostPlan = {
  bridges: DOCKER_BRIDGES,
  guests: [
    guest('d1', 'docker0', '172.17.0.2', [80]),
    guest('d2', 'docker0', '172.17.0.3', [80]),
    guest('d3', 'docker0', '172.17.0.4', [80], '127.0.0.1'),
    guest('e1', BR, '172.19.0.2', [3306]),
  ],
}
const PUBLISHED: readonly Published[] = [
  { port: 8080, bridge: 'docker0', to: '172.17.0.2', toPort: 80 },
  { port: 8081, bridge: 'docker0', to: '172.17.0.4', toPort: 80 },
  { port: 8082, bridge: 'docker0', to: '172.17.0.2', toPort: 8888 },
  { port: 8083, bridge: 'docker0', to: '172.17.0.99', toPort: 80 },
  { port: 3306, bridge: BR, to: '172.19.0.2', toPort: 3306 },
]

const PODS: HostPlan = {
  bridges: { cni0: '10.244.0.1/24' },
  guests: [
    guest('p1', 'cni0', '10.244.0.2', [80]),
    guest('p2', 'cni0', '10.244.0.3', [80]),
    guest('p3', 'cni0', '10.244.0.4', [80], '127.0.0.1'),
  ],
}
export const BALANCER = '192.168.60.200'
const SERVICES: readonly ProxiedService[] = [
  { name: 'default/kubernetes:https', id: 'NPX46M4PTMTKRN6Y', ip: '10.96.0.1', port: 443, endpoints: [`${HOST}:6443`] },
  {
    name: 'default/foo:http',
    id: 'ZXKWG23IYXSIKRHR',
    ip: '10.96.20.20',
    port: 80,
    nodePort: 30080,
    endpoints: ['10.244.0.2:80', '10.244.0.3:80'],
  },
  { name: 'default/alone:http', id: 'ALONE23IYXSIKRHR', ip: '10.96.30.30', port: 80, endpoints: ['10.244.0.2:80'] },
  { name: 'default/none:http', id: 'NONEX23IYXSIKRHR', ip: '10.96.40.40', port: 80, nodePort: 30081, endpoints: [] },
  {
    name: 'default/away:http',
    id: 'AWAYX23IYXSIKRHR',
    ip: '10.96.50.50',
    port: 80,
    nodePort: 30082,
    endpoints: ['10.244.1.2:80'],
    local: true,
  },
  { name: 'default/wrong:http', id: 'WRONG23IYXSIKRHR', ip: '10.96.60.60', port: 80, endpoints: ['10.244.0.3:8080'] },
  { name: 'default/inner:http', id: 'INNER23IYXSIKRHR', ip: '10.96.70.70', port: 80, endpoints: ['10.244.0.4:80'] },
  {
    name: 'default/lb:http',
    id: 'LBXXX23IYXSIKRHR',
    ip: '10.96.80.80',
    port: 80,
    endpoints: ['10.244.0.3:80'],
    balancer: { ip: BALANCER, ranges: ['198.18.0.0/16'] },
  },
]

export const from = (name: string): Pick<Spec, 'inside' | 'from'> =>
  name === 'lan'
    ? { inside: 'lan', from: { from: 'outside', host: 'h', iif: 'eth0', src: LAN } }
    : { inside: name, from: { from: name === 'h' ? 'host/h' : `netns/h/${name}` } }

/** A connection by one line: `p1 10.96.20.20:80`. */
export function ask(line: string, more: Partial<Asked> = {}): Asked {
  const [who = '', to = ''] = line.split(' ')
  return { name: line, ...from(who), to, tries: 1, ...more }
}

const OFTEN = { tries: 12 }
const BASES = {
  docker: {
    plan: DOCKER,
    rules: [dockerRules(DOCKER_BRIDGES, PUBLISHED)],
    asks: [
      ask(`d1 ${INTERNET}:443`),
      ask(`d1 ${OFFICE}:443`),
      ask('d1 172.17.0.3:80', { expects: 'd2' }),
      ask(`e1 ${INTERNET}:443`),
      ask(`h 172.17.0.2:80`),
      ask(`h ${INTERNET}:443`),
      ask(`lan ${HOST}:8080`, { expects: 'd1' }),
      ask(`lan ${HOST}:3306`, { expects: 'e1' }),
      ask(`lan ${HOST}:22`, { expects: 'h' }),
      ask(`h ${HOST}:8080`, { expects: 'd1' }),
    ],
  },
  pods: {
    plan: PODS,
    rules: [kubeRules(SERVICES), POD_MASQUERADE],
    asks: [
      ask(`p1 ${INTERNET}:443`),
      ask(`p1 ${OFFICE}:443`),
      ask('p1 10.244.0.3:80', { expects: 'p2' }),
      ask('p1 10.96.0.1:443', { expects: 'h' }),
      ask(`p1 ${HOST}:6443`, { expects: 'h' }),
      ask('p1 10.96.20.20:80', OFTEN),
      ask('p2 10.96.30.30:80', { expects: 'p1' }),
      ask('p1 10.96.30.30:80', { expects: 'p1' }),
      ask('h 10.96.20.20:80', OFTEN),
      ask('h 10.244.0.2:80', { expects: 'p1' }),
      ask(`h ${INTERNET}:443`),
      ask(`lan ${HOST}:30080`, OFTEN),
      ask(`lan ${HOST}:22`, { expects: 'h' }),
    ],
  },
} as const satisfies Record<HostCase['base'], { plan: HostPlan; rules: readonly string[]; asks: readonly Asked[] }>

export const planOf = ({ base }: HostCase): HostPlan => BASES[base].plan
export const asksOf = ({ base, asks = [] }: HostCase): readonly Asked[] => [...BASES[base].asks, ...asks]

/** The machine of the case, broken. */
export async function buildCase(network: Network, one: HostCase): Promise<void> {
  const { plan, rules } = BASES[one.base]
  await buildHost(network, plan)
  for (const text of rules) await network.run('h', ['iptables-nft-restore', '--noflush'], text)
  for (const line of one.make) {
    const [, name = 'h', command = line] = /^(\w+)\| (.*)$/s.exec(line) ?? []
    const text = command
      .replaceAll(/@(\w+)/g, (_, other: string) => network.netns(other))
      .replaceAll(/(?<![\w-])iptables(?![\w-])/g, 'iptables-nft')
    await network.run(name, ['sh', '-ec', text])
  }
}
