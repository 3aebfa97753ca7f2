import { FLANNEL } from '../../testing/flannel-nodes.ts'
import { NODE } from '../../testing/kubernetes-node.ts'
import { changed, type Machines, type Story } from '../../testing/story.ts'

const ACROSS = 'netns/h/p1 -> 10.244.1.2:80/tcp'
const withDevice = (machines: Machines, from: string, to: string): Machines => ({
  ...machines,
  h: { ...machines.h, devices: (machines.h?.devices ?? '').replaceAll(from, to) },
})

/** Two addresses, of which the first is routed back by the other node too. */
const ANSWERED: Machines = changed(withDevice(FLANNEL, '10.244.0.0/32', '10.244.7.0/32 10.244.0.0/32'), 'n', {
  routes: '10.244.7.0/24 via 10.244.7.0 dev flannel.1 onlink',
})

/** eth0 carries 1400 bytes: 50 of them are VXLAN's own headers. */
const NARROW: Machines = withDevice(
  { ...FLANNEL, n: { ...FLANNEL.n, devices: (FLANNEL.n?.devices ?? '').replace('192.168.50.6/24', '192.168.50.6/24 mtu=1400') } },
  'eth0@n:eth0 192.168.50.5/24',
  'eth0@n:eth0 192.168.50.5/24 mtu=1400',
)

const lease = (subnet: string): string => `FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true`
const LEASE = 'hosts/h/files/run/flannel/subnet.env'
const rpFilter = (value: number): Machines =>
  changed(NODE, 'h', {
    devices: 'wg0 tun 172.30.0.1/16',
    sysctl: `- net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.all.rp_filter = ${value}`,
  })

export const OVERLAYS: readonly Story[] = [
  {
    name: "flannel's device kept the address of a former lease, and uses it",
    causes: ['overlay.multiple-addresses'],
    machines: withDevice(FLANNEL, '10.244.0.0/32', '10.244.7.0/32 10.244.0.0/32'),
    tried: 'host/h -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    near: { machines: FLANNEL, tried: 'host/h -> 10.244.1.2:80/tcp' },
  },
  {
    name: 'a former address that all nodes still answer harms nobody',
    causes: ['overlay.multiple-addresses'],
    machines: withDevice(FLANNEL, '10.244.0.0/32', '10.244.7.0/32 10.244.0.0/32'),
    tried: 'host/h -> 10.244.1.2:80/tcp',
    symptom: 'timeout',
    near: { machines: ANSWERED },
  },
  {
    name: 'the bridge and flannel have different ranges',
    causes: ['overlay.subnet-mismatch'],
    machines: withDevice(FLANNEL, '10.244.0.0/32', '10.244.78.0/32'),
    files: { [LEASE]: lease('10.244.78.1/24') },
    tried: ACROSS,
    symptom: 'timeout',
    near: { machines: FLANNEL, files: { [LEASE]: lease('10.244.0.1/24') }, tried: ACROSS },
  },
  {
    name: 'the wire carries less than the tunnel sends',
    causes: ['host.mtu'],
    machines: NARROW,
    tried: ACROSS,
    symptom: 'stalls',
    near: { machines: FLANNEL, tried: ACROSS },
  },
  {
    name: 'the answer would leave by the VPN, and the filter is strict',
    causes: ['route.rp-filter'],
    status: 'proved',
    machines: rpFilter(1),
    tried: 'outside 172.30.9.9 -> 192.168.50.5:9100/tcp',
    symptom: 'timeout',
    near: { machines: rpFilter(2), tried: 'outside 172.30.9.9 -> 192.168.50.5:9100/tcp' },
  },
  {
    name: 'a pod asks for its own Service, and the bridge sends nothing back',
    causes: ['nat.hairpin'],
    status: 'proved',
    machines: changed(NODE, 'h', { devices: '- veth2@h/p2:eth0 master=cni0 hairpin\nveth2@h/p2:eth0 master=cni0' }),
    tried: 'netns/h/p2 -> 10.96.10.10:80/tcp',
    symptom: 'timeout',
    near: { machines: NODE, tried: 'netns/h/p2 -> 10.96.10.10:80/tcp' },
  },
]
