import { CLUSTER_FAULTS } from '../real/cluster.ts'
import { BEYOND, CLUSTER_IP, NODE_PORT, node, pod, podAddress } from '../real/cluster-network.ts'
import type { Network } from '../real/network.ts'
import type { Daemons } from './daemons.ts'

/** A way to break node n1, what is tried, and the plan that mends it. */
export interface Case {
  readonly name: string
  readonly breaks: (network: Network) => Promise<unknown>
  /** The connection that fails, and works after the repair. */
  readonly inside: string
  readonly from: string
  readonly to: string
  /** One of these the diagnosis must name. */
  readonly causes: readonly string[]
  readonly plan: (daemons: Daemons, saved: string) => readonly string[]
  /** Guards that the plan is known to raise. */
  readonly accept?: readonly string[]
}

const fault = (name: string) => (network: Network) =>
  (CLUSTER_FAULTS[name] as NonNullable<(typeof CLUSTER_FAULTS)[string]>)(network, 'iptables-nft')
const runbook = (id: string, values: Readonly<Record<string, string>>): readonly string[] => [
  '--runbook',
  id,
  ...Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
]
const fromPod = { inside: pod(1, 2), from: `netns/${node(1)}/${pod(1, 2)}` }
const fromNode = { inside: node(1), from: `host/${node(1)}` }

export const CASES: readonly Case[] = [
  {
    name: 'default route lost',
    breaks: fault('no-default-route'),
    ...fromNode,
    to: `${BEYOND}:9000`,
    causes: ['route.missing-default'],
    plan: () => runbook('add-default-route', { gateway: '10.56.0.1', device: 'eth0' }),
  },
  {
    name: 'hijacked port',
    breaks: fault('redirect-80'),
    ...fromPod,
    to: `${podAddress(2, 1)}:80`,
    causes: ['nat.hijack'],
    plan: () => runbook('remove-rule', { program: 'iptables-nft', table: 'nat', chain: 'PREROUTING', rule: '1' }),
  },
  {
    name: "a VPN's route over the pods' network",
    breaks: fault('table-52'),
    ...fromNode,
    to: `${podAddress(1, 1)}:80`,
    causes: ['route.overlap'],
    plan: () => runbook('prefer-main-table', { network: '10.244.1.0/24', preference: '5200' }),
  },
  {
    name: 'VXLAN blocked',
    breaks: fault('vxlan-blocked'),
    ...fromPod,
    to: `${podAddress(2, 1)}:80`,
    causes: ['overlay.blocked'],
    plan: () => runbook('remove-rule', { program: 'iptables-nft', chain: 'INPUT', rule: '1' }),
  },
  {
    name: 'rules flushed, put back from a saved ruleset',
    breaks: async (network) => {
      await network.run(node(1), ['iptables-nft', '-t', 'nat', '-F', 'PREROUTING'])
      await network.run(node(1), ['iptables-nft', '-t', 'nat', '-F', 'KUBE-SERVICES'])
    },
    ...fromPod,
    to: '10.96.0.10:80',
    causes: ['nat.rules-flushed', 'service.proxy-stale'],
    plan: (_, saved) => ['--restore', saved, '--table', 'nat'],
    accept: ['owner'],
  },
  {
    name: 'overlay device with a stale address, light repair',
    breaks: async (network) => {
      for (const line of [
        'addr add 10.244.9.0/32 dev flannel.1',
        'addr del 10.244.1.0/32 dev flannel.1',
        'addr add 10.244.1.0/32 dev flannel.1',
      ])
        await network.ip(node(1), line)
    },
    ...fromNode,
    to: `${podAddress(2, 1)}:80`,
    causes: ['overlay.multiple-addresses', 'overlay.subnet-mismatch'],
    plan: ({ record }) => runbook('overlay-light-repair', { node: 'n1', pod: 'kube-flannel-ds-x', record }),
    accept: ['proof'],
  },
  {
    name: 'bridge with a foreign subnet, forced repair',
    breaks: fault('wrong-subnet'),
    ...fromNode,
    to: `${podAddress(1, 1)}:80`,
    causes: ['overlay.subnet-mismatch'],
    plan: ({ record }) => runbook('overlay-forced-repair', { record }),
    accept: ['proof'],
  },
]

/** The Service as the API server tells of it: what makes missing rules missing. */
export const OBJECTS: Readonly<Record<string, unknown>> = {
  'cluster/services.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'default' },
        spec: {
          clusterIP: CLUSTER_IP,
          type: 'NodePort',
          selector: { app: 'web' },
          ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80, nodePort: NODE_PORT }],
        },
      },
    ],
  },
  'cluster/endpointslices.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        addressType: 'IPv4',
        metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
        endpoints: [1, 2].map((i) => ({ addresses: [podAddress(i, 1)], conditions: { ready: true }, nodeName: node(i) })),
      },
    ],
  },
}
