import type { Namespace } from '../model/namespace.ts'
import { type End, end, happen, type Journey } from './journey.ts'

/** Whose eBPF programs handle packets on a host, and on which devices. */
interface Programs {
  readonly owner: string
  readonly devices: RegExp
}

/** Pods' ends, Cilium's own devices; with its replacement of kube-proxy (bpf_host on every device) all that is not loopback. */
const CILIUM = /^(?:lxc|cilium_)/
const EVERY = /^(?!lo$)/
/** Felix's bpfDataIfacePattern, and the pods' ends. */
const CALICO =
  /^(?:cali|bpf(?:in|out)\.cali|(?:en|wl|ww|sl|ib)[Popsx]|eth|wlan|wwan|tunl0$|vxlan\.calico$|wireguard\.cali$|wg-v6\.cali$|egress\.calico$)/

const known = new WeakMap<Namespace, Programs | 'none'>()

function programsOn(namespace: Namespace): Programs | 'none' {
  let programs = known.get(namespace)
  if (!programs) {
    programs = recognised(namespace)
    known.set(namespace, programs)
  }
  return programs
}

function recognised(namespace: Namespace): Programs | 'none' {
  const { links } = namespace
  if (namespace.name !== '') return 'none'
  if (links.has('bpfin.cali') || links.has('bpfout.cali')) return { owner: 'Calico', devices: CALICO }
  if (links.has('cilium_host')) return { owner: 'Cilium', devices: hasKubeProxy(namespace) ? CILIUM : EVERY }
  return 'none'
}

const hasKubeProxy = ({ iptables, nft, links }: Namespace): boolean =>
  links.has('kube-ipvs0') ||
  iptables.some((ruleset) => ruleset.tables.some((table) => table.chains.has('KUBE-SERVICES'))) ||
  nft.some((ruleset) =>
    ruleset.tables.some((table) => table.name === 'kube-proxy' || table.chains.some((chain) => chain.name === 'KUBE-SERVICES')),
  )

/**
 * The end of what can be known: programs at the device (tc, XDP) may pass the packet, drop it, translate it or send it past every rule and
 * route, and what they do stands in no evidence. undefined: no such program is recognised there.
 */
export function intoEbpf(journey: Journey, device: string): readonly End[] | undefined {
  const { namespace } = journey.machine
  const programs = programsOn(namespace)
  if (programs === 'none' || !programs.devices.test(device)) return undefined
  const text = `eBPF programs of ${programs.owner} handle what passes ${device}; what they do is in no evidence`
  return end(happen(journey, 'local', text, { effect: 'EBPF', evidence: namespace.links.get(device)?.source }), 'unknown', 'ebpf', {
    interface: device,
  })
}
