import type { CauseId } from '../causes/ids.ts'
import type { Manner } from './manner.ts'

/** The places of a packet's way, in its order. What is behind a translation sees the backend's address and port. */
export type StageId =
  | 'client'
  | 'client-link'
  | 'network'
  | 'prerouting'
  | 'output'
  | 'translation'
  | 'routing'
  | 'forward'
  | 'input'
  | 'postrouting'
  | 'overlay'
  | 'server-node'
  | 'server'
  | 'socket'

export interface Stage {
  readonly id: StageId
  /** "the pod's own network namespace" */
  readonly title: string
  /** Which header is seen there: the one that was asked for, or the backend's. */
  readonly sees: 'asked' | 'backend'
  /** Rules there may look at who sends. */
  readonly bySender: boolean
  /** What can go wrong there, by how it shows; the likelier first. */
  readonly causes: Readonly<Record<Exclude<Manner, 'any'>, readonly CauseId[]>>
}

const NONE: readonly CauseId[] = []

export const STAGES: Readonly<Record<StageId, Stage>> = {
  client: {
    id: 'client',
    title: "the sender's own network namespace (its OUTPUT rules, its routes)",
    sees: 'asked',
    bySender: true,
    causes: {
      refused: ['filter.output-rule', 'nat.hijack'],
      silent: ['filter.output-rule', 'route.missing-default', 'route.wrong', 'nat.hijack'],
      unreachable: ['route.missing-default', 'route.blackhole', 'filter.output-rule', 'route.missing'],
      later: ['host.mtu', 'nat.hijack'],
      misled: ['nat.hijack'],
    },
  },
  'client-link': {
    id: 'client-link',
    title: "the sender's link to its node (veth, bridge)",
    sees: 'asked',
    bySender: true,
    causes: {
      refused: NONE,
      silent: ['host.interface-down', 'host.neighbour'],
      unreachable: ['host.neighbour', 'host.interface-down'],
      later: ['host.mtu', 'host.offload'],
      misled: ['host.neighbour'],
    },
  },
  network: {
    id: 'network',
    title: 'the network before the node (routers, firewalls, a load balancer)',
    sees: 'asked',
    bySender: true,
    causes: {
      refused: NONE,
      silent: ['route.missing', 'host.neighbour'],
      unreachable: ['route.missing', 'host.neighbour'],
      later: ['host.mtu'],
      misled: ['host.neighbour'],
    },
  },
  prerouting: {
    id: 'prerouting',
    title: "PREROUTING of the sender's node, before translation (raw, mangle, nat)",
    sees: 'asked',
    bySender: true,
    causes: {
      refused: ['nat.hijack', 'nat.hostport'],
      silent: ['filter.raw-drop', 'nat.hijack', 'route.rp-filter', 'nat.hostport', 'filter.mark-collision'],
      unreachable: ['nat.hijack'],
      later: ['nat.hijack', 'nat.hostport'],
      misled: ['nat.hijack', 'nat.hostport'],
    },
  },
  output: {
    id: 'output',
    title: 'OUTPUT of the node',
    sees: 'asked',
    bySender: true,
    causes: {
      refused: ['filter.output-rule', 'nat.loopback'],
      silent: ['filter.output-rule', 'route.missing-default', 'nat.loopback', 'route.policy-rule', 'route.overlap'],
      unreachable: ['route.missing-default', 'filter.output-rule', 'route.blackhole', 'route.policy-rule'],
      later: NONE,
      misled: ['nat.hijack'],
    },
  },
  translation: {
    id: 'translation',
    title: "the translation of the Service or published port (kube-proxy's or Docker's DNAT)",
    sees: 'asked',
    bySender: false,
    causes: {
      refused: [
        'service.no-endpoints',
        'service.target-port',
        'service.proxy-stale',
        'nat.stale-target',
        'nat.rules-flushed',
        'service.proxy-conflict',
        'service.selector',
      ],
      silent: [
        'service.proxy-stale',
        'service.port',
        'nat.stale-target',
        'service.traffic-policy',
        'nat.rules-flushed',
        'service.proxy-conflict',
        'backend.mixed',
        'service.selector',
        'conntrack.stale',
      ],
      unreachable: [
        'nat.stale-target',
        'service.no-endpoints',
        'service.proxy-stale',
        'service.port',
        'nat.rules-flushed',
        'service.proxy-conflict',
        'conntrack.stale',
      ],
      later: ['service.proxy-conflict'],
      misled: ['service.selector', 'service.proxy-stale', 'nat.stale-target', 'conntrack.stale', 'service.proxy-conflict'],
    },
  },
  routing: {
    id: 'routing',
    title: 'routing on the node, behind translation',
    sees: 'backend',
    bySender: true,
    causes: {
      refused: NONE,
      silent: ['route.overlap', 'route.wrong', 'route.missing', 'host.forwarding-off', 'route.policy-rule', 'route.blackhole'],
      unreachable: ['route.missing', 'route.overlap', 'route.wrong', 'route.blackhole', 'host.neighbour', 'route.policy-rule'],
      later: NONE,
      misled: ['route.overlap', 'route.wrong'],
    },
  },
  forward: {
    id: 'forward',
    title: 'FORWARD of the node, behind translation (policies, firewalls)',
    sees: 'backend',
    bySender: true,
    causes: {
      refused: ['policy.kubernetes', 'filter.forward-rule', 'filter.firewalld-zone', 'filter.ufw', 'policy.stale'],
      silent: [
        'filter.forward-policy',
        'policy.kubernetes',
        'policy.calico',
        'filter.forward-rule',
        'filter.docker-isolation',
        'filter.docker-user',
        'filter.firewalld-zone',
        'filter.ufw',
        'policy.stale',
        'filter.cross-backend',
      ],
      unreachable: [
        'filter.firewalld-zone',
        'filter.forward-rule',
        'policy.kubernetes',
        'filter.ufw',
        'policy.stale',
        'filter.cross-backend',
      ],
      later: ['filter.invalid-drop'],
      misled: NONE,
    },
  },
  input: {
    id: 'input',
    title: "INPUT of the node (the host's own firewall)",
    sees: 'backend',
    bySender: true,
    causes: {
      refused: ['filter.input-rule', 'filter.firewalld-zone', 'filter.ufw'],
      silent: ['filter.input-rule', 'filter.ufw', 'filter.firewalld-zone', 'policy.calico'],
      unreachable: ['filter.firewalld-zone', 'filter.input-rule'],
      later: ['filter.invalid-drop'],
      misled: NONE,
    },
  },
  postrouting: {
    id: 'postrouting',
    title: 'POSTROUTING of the node and the way of the answer (masquerading, hairpin)',
    sees: 'backend',
    bySender: true,
    causes: {
      refused: NONE,
      silent: ['nat.masquerade-missing', 'nat.hairpin', 'host.bridge-netfilter', 'route.rp-filter'],
      unreachable: NONE,
      later: ['nat.masquerade-extra'],
      misled: NONE,
    },
  },
  overlay: {
    id: 'overlay',
    title: 'the way between the nodes (tunnel, routes of the overlay)',
    sees: 'backend',
    bySender: true,
    causes: {
      refused: NONE,
      silent: [
        'overlay.blocked',
        'overlay.endpoint',
        'overlay.subnet-mismatch',
        'route.missing',
        'overlay.duplicate-subnet',
        'host.offload',
        'overlay.multiple-addresses',
      ],
      unreachable: ['overlay.endpoint', 'overlay.subnet-mismatch', 'route.missing', 'overlay.duplicate-subnet'],
      later: ['host.mtu', 'host.offload'],
      misled: ['overlay.duplicate-subnet', 'overlay.endpoint'],
    },
  },
  'server-node': {
    id: 'server-node',
    title: "FORWARD and the bridge of the server's node",
    sees: 'backend',
    bySender: true,
    causes: {
      refused: ['policy.kubernetes'],
      silent: ['policy.kubernetes', 'policy.calico', 'filter.forward-policy', 'filter.forward-rule', 'host.neighbour'],
      unreachable: ['filter.firewalld-zone', 'host.neighbour'],
      later: ['filter.invalid-drop'],
      misled: ['host.neighbour'],
    },
  },
  server: {
    id: 'server',
    title: "the server's own network namespace (its INPUT rules, its routes)",
    sees: 'backend',
    bySender: false,
    causes: {
      refused: ['filter.input-rule'],
      silent: ['filter.input-rule', 'route.wrong', 'route.missing-default'],
      unreachable: ['filter.input-rule'],
      later: ['host.mtu'],
      misled: NONE,
    },
  },
  socket: {
    id: 'socket',
    title: 'the server process',
    sees: 'backend',
    bySender: false,
    causes: {
      refused: ['app.not-listening', 'app.loopback-only', 'app.crash', 'host.port-conflict'],
      silent: ['app.backlog'],
      unreachable: NONE,
      later: ['app.backlog', 'app.crash'],
      misled: ['host.port-conflict'],
    },
  },
}

/** Causes at a stage that can show in that manner. */
export function causesAt({ causes }: Stage, manner: Manner): readonly CauseId[] {
  return manner === 'any' ? [...new Set([...causes.refused, ...causes.silent, ...causes.unreachable])] : causes[manner]
}

/** All that can go wrong at a stage, however it shows. */
export const everyCauseAt = ({ causes }: Stage): readonly CauseId[] => [...new Set(Object.values(causes).flat())]
