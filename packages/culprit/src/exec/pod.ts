import { type Command, checkCommand, type Executor, type Ran, ran } from './executor.ts'

export interface PodRef {
  readonly namespace: string
  readonly pod: string
  /** The pod's default container when left out. */
  readonly container?: string | undefined
  /** kubectl's own choice when left out. */
  readonly context?: string | undefined
}

/** Runs commands in a container of a pod through `kubectl exec`, which takes the arguments as they are: no shell is needed there. */
export function podExecutor(inner: Executor, ref: PodRef): Executor {
  const { namespace, pod, container, context } = ref
  if (!isName(namespace) || !isName(pod) || (container !== undefined && !isName(container)))
    throw new TypeError(`not the name of a pod: ${JSON.stringify(ref)}`)
  const before = [
    'kubectl',
    ...(context === undefined ? [] : [`--context=${context}`]),
    `--namespace=${namespace}`,
    'exec',
    '-i',
    pod,
    ...(container === undefined ? [] : [`--container=${container}`]),
    '--',
  ]
  return {
    name: `pod ${namespace}/${pod}`,
    async run(command: Command) {
      checkCommand(command)
      return told(await inner.run({ ...command, argv: [...before, ...command.argv] }))
    },
    close: async () => undefined,
  }
}

/** RFC 1123 subdomain, as Kubernetes has it for objects. */
const isName = (text: string): boolean => /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)

/**
 * kubectl ends with the command's exit code, and says so on standard error (`command terminated with exit code N`). What it says of
 * its own begins with `error:` or `Error from server`.
 */
function told(result: Ran): Ran {
  if (result.end !== 'exited' || result.code === 0) return result
  const { bytes, milliseconds, code } = result
  const ended = /^command terminated with exit code \d+\n?/m
  const stderr = result.stderr.replace(ended, '')
  if (/executable file not found|no such file or directory: unknown/.test(stderr)) return ran('not-found', { bytes, stderr, milliseconds })
  if (ended.test(result.stderr)) return ran('exited', { code, bytes, stderr, milliseconds })
  if (/^Error from server \(Forbidden\)|^error: You must be logged in/m.test(stderr)) return ran('denied', { bytes, stderr, milliseconds })
  if (/^(?:error:|Error from server|Unable to connect|The connection to the server)/im.test(stderr))
    return ran('unreachable', { bytes, stderr, milliseconds })
  return ran('exited', { code, bytes, stderr, milliseconds })
}
