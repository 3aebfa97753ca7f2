import { because, type Check, type Found, seen, together } from '../check.ts'
import { chainNames } from '../rules/chains.ts'
import { type HostView, statesOf } from '../scene.ts'

interface Need {
  readonly module: string
  readonly for: string
  /** Something shows that the host wants it. */
  readonly wanted: (host: HostView) => boolean
  /** It works: the module is built in. */
  readonly works: (host: HostView) => boolean
}

const link = (pattern: RegExp) => (host: HostView) => [...(host.root?.links.keys() ?? [])].some((name) => pattern.test(name))
const kube = (host: HostView) => (host.root ? chainNames(host.root, 'nat').has('KUBE-SERVICES') : false) || host.node !== undefined

const NEEDS: readonly Need[] = [
  {
    module: 'br_netfilter',
    for: 'Services of pods on one bridge',
    wanted: (host) => kube(host) && link(/^(?:cni\d+|cbr0|kube-bridge)$/)(host),
    works: (host) => host.root?.sysctls.get('net.bridge.bridge-nf-call-iptables') !== undefined,
  },
  {
    module: 'vxlan',
    for: 'the overlay network',
    wanted: (host) => host.documents.some(({ content }) => content.kind === 'flannel-subnet'),
    works: (host) => [...(host.root?.links.values() ?? [])].some(({ type, name }) => type === 'vxlan' || /^(?:flannel\.|vxlan)/.test(name)),
  },
  {
    module: 'nf_conntrack',
    for: 'address translation',
    wanted: kube,
    works: (host) => host.root?.sysctls.get('net.netfilter.nf_conntrack_max') !== undefined,
  },
  {
    module: 'ip_vs',
    for: 'kube-proxy in mode ipvs',
    wanted: link(/^kube-ipvs0$/),
    works: (host) => host.root?.virtualServices !== undefined,
  },
]

export const kernelModules: Check = {
  id: 'kernel-modules',
  holds: 'the kernel modules that the network needs are loaded',
  why: 'rules cannot be written, devices cannot be made',
  evidence: ['hosts/HOST/lsmod.txt'],
  causes: ['host.kernel-module'],
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) => {
        const loaded = statesOf(host, 'modules')
        const [first] = loaded
        if (!first) return []
        const lacking = NEEDS.filter(
          ({ module, wanted, works }) => wanted(host) && !works(host) && !loaded.some(({ names }) => names.has(module)),
        )
        return [
          seen(
            ...lacking.map(
              (need): Found => ({
                severity: 'warning',
                cause: 'host.kernel-module',
                host: host.name,
                object: need.module,
                text: `${need.module} is not loaded, which ${need.for} needs (unless it is built into this kernel)`,
                because: [because(`${first.names.size} modules are loaded, ${need.module} is not among them`, first.source)],
              }),
            ),
          ),
        ]
      }),
    ),
}
