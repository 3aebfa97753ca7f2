import type { Executor } from '../exec/executor.ts'
import { localExecutor } from '../exec/local.ts'
import { sshExecutor } from '../exec/ssh.ts'
import { Bundle } from './bundle.ts'
import { type Api, apiOfHost, collectCluster } from './cluster.ts'
import { type DebugPod, withDebugPod } from './debug-pod.ts'
import { collectHost, type HostOptions } from './host.ts'
import { nodeAgents, nodeExecutor } from './nodes.ts'
import { each } from './pool.ts'

export interface Targets {
  /** This machine, too. */
  readonly local: boolean
  readonly ssh: readonly string[]
  /** A configuration for ssh other than the user's own. */
  readonly sshConfig?: string | undefined
  /** A context of kubectl's configuration: the API's objects, and nodes through pods that run on them. */
  readonly kubectl?: string | undefined
  /** Nodes without such a pod are looked at through one of this image, which is started for it. */
  readonly debugImage?: string | undefined
}

/** Hosts at once. */
const HOSTS = 8

/** Collects all that is named into one bundle, hosts side by side. */
export async function collect(targets: Targets, options: HostOptions = {}): Promise<Bundle> {
  const bundle = new Bundle()
  const local = localExecutor()
  const { sshConfig } = targets
  const remote = targets.ssh.map((host) => sshExecutor(host, sshConfig === undefined ? {} : { config: sshConfig }))
  try {
    const hosts = [...(targets.local ? [local] : []), ...remote]
    const reached: Executor[] = []
    await each(hosts, HOSTS, async (host) => {
      if (await collectHost(host, bundle, options)) reached.push(host)
    })
    if (targets.kubectl !== undefined) await collectByKubectl(targets.kubectl, targets.debugImage, local, bundle, options)
    else await firstApi(reached, bundle, options)
    return bundle
  } finally {
    await Promise.all(remote.map((executor) => executor.close()))
  }
}

/** The objects as the first control plane among the hosts tells them. */
async function firstApi(hosts: readonly Executor[], bundle: Bundle, { signal, progress }: HostOptions): Promise<void> {
  for (const host of hosts) {
    const api = await apiOfHost(host, signal)
    if (!api) continue
    progress?.('the objects of the cluster')
    if (await collectCluster(api, bundle, signal)) return
  }
}

async function collectByKubectl(
  context: string,
  image: string | undefined,
  local: Executor,
  bundle: Bundle,
  options: HostOptions,
): Promise<void> {
  const api: Api = { executor: local, kubectl: ['kubectl', `--context=${context}`] }
  options.progress?.('the objects of the cluster')
  if (!(await collectCluster(api, bundle, options.signal))) return
  const pods = bundle.files.get('cluster/pods.json')
  const agents = pods ? nodeAgents(JSON.parse(Buffer.from(pods).toString('utf8'))) : []
  const known = new Set(bundle.hosts)
  await each(
    agents.filter(({ node }) => !known.has(node)),
    4,
    async (node) => void (await collectHost(nodeExecutor(local, node, context), bundle, { ...options, width: 3 })),
  )
  const left = image === undefined ? [] : linuxNodes(bundle).filter((node) => !known.has(node) && !agents.some((one) => one.node === node))
  await each(left, 4, async (node) => {
    if (image !== undefined && !options.signal?.aborted) await collectByDebugPod({ node, context, image }, local, bundle, options)
  })
}

async function collectByDebugPod(pod: DebugPod, local: Executor, bundle: Bundle, options: HostOptions): Promise<void> {
  options.progress?.(`a pod on ${pod.node}`)
  const done = await withDebugPod(local, pod, (executor) => collectHost(executor, bundle, { ...options, width: 3 }))
  if (typeof done === 'boolean') return
  const said = done.failed.stderr.trim().split('\n').at(-1)?.slice(0, 300)
  const command = ['kubectl', 'debug', `node/${pod.node}`]
  const costs = 'everything of this host'
  bundle.attempts.push({
    host: pod.node,
    file: '',
    command,
    outcome: 'unreachable',
    bytes: 0,
    milliseconds: 0,
    ...(said && { said }),
    costs,
  })
}

/** Names of the nodes that run Linux, as the API tells them. */
function linuxNodes(bundle: Bundle): readonly string[] {
  const text = bundle.files.get('cluster/nodes.json')
  const { items = [] } = (text ? JSON.parse(Buffer.from(text).toString('utf8')) : {}) as {
    items?: readonly { readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> } }[]
  }
  return items.flatMap(({ metadata }) =>
    metadata?.name !== undefined && (metadata.labels?.['kubernetes.io/os'] ?? 'linux') === 'linux' ? [metadata.name] : [],
  )
}
