import { type Command, type Executor, failureOf, type Ran, ran, succeeded } from '../exec/executor.ts'
import { podExecutor } from '../exec/pod.ts'

/** A pod that is started on a node to look at it. */
export interface DebugPod {
  readonly node: string
  readonly context: string
  /** It needs a shell's few programs (chroot, env, sleep): `busybox`. */
  readonly image: string
}

/** Where clusters let privileged pods run, if anywhere. */
const NAMESPACE = 'kube-system'
const CONTAINER = 'debugger'
/** Seconds after which it ends by itself, were it not to be deleted for whatever reason. */
const LIFE = 900
const ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C']

/**
 * Does a job on a node through a privileged pod in the host's namespaces (`kubectl debug node/NAME --profile=sysadmin`), with the node's own programs
 * (its root is /host there). The pod is deleted whatever comes of the job; a string is why there is none.
 */
export async function withDebugPod<T>(
  inner: Executor,
  pod: DebugPod,
  job: (executor: Executor) => Promise<T>,
): Promise<T | { readonly failed: Ran }> {
  const kubectl = (...argv: readonly string[]): Promise<Ran> =>
    inner.run({ argv: ['kubectl', `--context=${pod.context}`, `--namespace=${NAMESPACE}`, ...argv], timeout: 90_000 })
  // Without the signal of the whole run: whoever begins to make a pod has to learn its name.
  const made = await kubectl(
    'debug',
    `node/${pod.node}`,
    `--image=${pod.image}`,
    '--profile=sysadmin',
    `--container=${CONTAINER}`,
    '--',
    'sleep',
    String(LIFE),
  )
  const [, name] = /\bdebugging pod ([a-z0-9][a-z0-9.-]{0,252}) with container/.exec(`${made.stdout}\n${made.stderr}`) ?? []
  if (name === undefined) return { failed: unreachable(made, 'kubectl debug') }
  try {
    const ready = await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s')
    if (!succeeded(made) || !succeeded(ready)) return { failed: unreachable(succeeded(made) ? ready : made, 'kubectl') }
    return await job(onNode(podExecutor(inner, { namespace: NAMESPACE, pod: name, container: CONTAINER, context: pod.context }), pod.node))
  } finally {
    await kubectl('delete', 'pod', name, '--now', '--wait=false', '--ignore-not-found')
  }
}

const unreachable = (result: Ran, program: string): Ran =>
  ran('unreachable', { stderr: result.stderr.trim() || (failureOf(result, program) ?? 'it tells no name of a pod') })

/** The node's own programs, and those of the image where the node has none. */
function onNode(inside: Executor, node: string): Executor {
  return {
    name: node,
    async run(command: Command): Promise<Ran> {
      // As the cluster calls it.
      if (command.argv.join(' ') === 'uname -n') return ran('exited', { code: 0, bytes: Buffer.from(`${node}\n`) })
      const own = await inside.run({ ...command, argv: ['chroot', '/host', 'env', ...ENVIRONMENT, ...command.argv] })
      return isMissing(own) ? inside.run(command) : own
    },
    close: async () => undefined,
  }
}

/** chroot(1) and env(1) say so under their own names, and end with 127. */
const isMissing = ({ end, code, stderr }: Ran): boolean =>
  end === 'not-found' || (end === 'exited' && code === 127 && /^(?:chroot|env): .*No such file or directory/m.test(stderr))
