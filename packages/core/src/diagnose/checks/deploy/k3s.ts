import type { Source } from '../../../facts/source.ts'
import { contains, formatPrefix, parsePrefix } from '../../../net/prefix.ts'
import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { chainNames, rulesOf } from '../rules/chains.ts'
import { type CheckScene, type HostView, statesOf } from '../scene.ts'

/** Flags of K3s or RKE2 on a host, from its process or its configuration file, without dashes. */
interface Flags {
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly source: Source
}

export const k3sFlags: Check = {
  id: 'k3s-flags',
  holds: 'K3s’ flags agree with the cluster, and what they disable has left nothing behind',
  why: 'left-over rules, devices and pods of a disabled component still take packets',
  evidence: ['hosts/HOST/ps.txt', 'hosts/HOST/files/etc/rancher/k3s/config.yaml'],
  causes: ['deploy.leftover-state', 'policy.stale', 'service.proxy-conflict', 'overlay.subnet-mismatch'],
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) =>
        flagsOf(host).map((flags): Examined => seen(...leftovers(scene, host, flags), ...ranges(scene, host, flags))),
      ),
    ),
}

function flagsOf(host: HostView): readonly Flags[] {
  const files = statesOf(host, 'k3s-config').map(({ options, source }) => ({ values: new Map(Object.entries(options)), source }))
  const running = statesOf(host, 'processes').flatMap(({ processes }) =>
    processes
      .filter(({ command, args }) => /(?:^|\/)(?:k3s|rke2)$/.test(command) && args.some((arg) => arg === 'server' || arg === 'agent'))
      .map(({ args, source }) => ({ values: parsed(args), source })),
  )
  return [...files, ...running]
}

function parsed(args: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const [i, arg] of args.entries()) {
    const found = /^--([\w-]+)(?:=(.*))?$/.exec(arg)
    if (!found) continue
    const next = args[i + 1]
    const value = found[2] ?? (next !== undefined && !next.startsWith('-') ? next : 'true')
    values.set(found[1] ?? '', [...(values.get(found[1] ?? '') ?? []), ...value.split(',')])
  }
  return values
}

const is = ({ values }: Flags, flag: string): boolean => values.get(flag)?.includes('true') ?? false

/** What K3s' packaged components are called in the cluster, where it is not their own name. */
const CALLED: Readonly<Record<string, string>> = { servicelb: 'svclb', 'local-storage': 'local-path-provisioner' }

/** A pod, Service or rule of a component. */
function leftOf({ cluster }: CheckScene, { root }: HostView, component: string): string | undefined {
  const name = CALLED[component] ?? component
  const pod = cluster.pods.find((one) => one.name.startsWith(`${name}-`) && one.phase !== 'Succeeded')
  if (pod) return `its pod ${pod.namespace}/${pod.name} still runs`
  const service = cluster.services.find((one) => one.name === name && one.namespace === 'kube-system')
  if (service) return `its Service ${service.namespace}/${service.name} is still there`
  const rule = root && [...rulesOf(root, 'nat')].find(({ rule: { text } }) => text.includes(`kube-system/${name}:`))
  return rule && `rules of its Service are still in the kernel: ${rule.rule.text}`
}

function leftovers(scene: CheckScene, host: HostView, flags: Flags): readonly Found[] {
  const { root, name } = host
  const found: Found[] = []
  const add = (cause: Found['cause'], object: string, text: string) =>
    found.push({ severity: 'warning', cause, host: name, object, text, because: [because(text, flags.source)] })
  for (const disabled of flags.values.get('disable') ?? []) {
    const left = leftOf(scene, host, disabled)
    if (left !== undefined) add('deploy.leftover-state', disabled, `${disabled} is disabled, and ${left}`)
  }
  if (!root) return found
  if (is(flags, 'disable-kube-proxy') && chainNames(root, 'nat').has('KUBE-SERVICES'))
    add('service.proxy-conflict', 'chain KUBE-SERVICES', 'kube-proxy is disabled, and its rules are still in the kernel')
  if (is(flags, 'disable-network-policy') && [...chainNames(root, 'filter')].some((chain) => /^KUBE-(?:ROUTER|NWPLCY|POD-FW)/.test(chain)))
    add('policy.stale', 'chain KUBE-ROUTER-FORWARD', 'the network policy controller is disabled, and its rules are still in the kernel')
  if (flags.values.get('flannel-backend')?.includes('none') && root.links.has('flannel.1'))
    add('deploy.leftover-state', 'flannel.1', 'flannel is switched off, and its device flannel.1 is still there')
  return found
}

function ranges({ cluster }: CheckScene, host: HostView, flags: Flags): readonly Found[] {
  const found: Found[] = []
  const pods = (flags.values.get('cluster-cidr') ?? []).flatMap((text) => parsePrefix(text) ?? [])
  const services = (flags.values.get('service-cidr') ?? []).flatMap((text) => parsePrefix(text) ?? [])
  for (const node of pods.length > 0 ? cluster.nodes : [])
    for (const range of node.podCidrs)
      if (!pods.some((whole) => contains(whole, range.address)))
        found.push({
          severity: 'error',
          cause: 'overlay.subnet-mismatch',
          host: host.name,
          object: `Node ${node.name}`,
          text: `the range ${formatPrefix(range)} of Node ${node.name} is not part of --cluster-cidr ${pods.map(formatPrefix).join(',')}`,
          because: [
            because(`--cluster-cidr ${pods.map(formatPrefix).join(',')}`, flags.source),
            because(`Node ${node.name}: ${formatPrefix(range)}`, node.source),
          ],
        })
  for (const service of services.length > 0 ? cluster.services : [])
    if (
      service.clusterAddresses.length > 0 &&
      !service.clusterAddresses.some((address) => services.some((range) => contains(range, address)))
    )
      found.push({
        severity: 'error',
        cause: 'deploy.leftover-state',
        host: host.name,
        object: `svc/${service.namespace}/${service.name}`,
        text: `Service ${service.namespace}/${service.name} has an address outside of --service-cidr ${services.map(formatPrefix).join(',')}`,
        because: [because('--service-cidr', flags.source), because(`Service ${service.name}`, service.source)],
      })
  return found
}
