import { type Command, checkCommand, type Executor, type Ran, ran } from './executor.ts'

/** A network namespace of the machine that the inner executor reaches: by its name (`ip netns`), by a process in it, or by a file of it. */
export type NamespaceRef =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pid'; readonly pid: number }
  /** As Docker (`/run/docker/netns/…`) and CNI plugins mount it. */
  | { readonly kind: 'path'; readonly path: string }

/** Runs commands in a network namespace (nsenter of util-linux or busybox); files, processes and users stay those of the machine. */
export function namespaceExecutor(inner: Executor, ref: NamespaceRef): Executor {
  const enter = enterArguments(ref)
  return {
    name: `${nameOf(ref)} of ${inner.name}`,
    async run(command: Command) {
      checkCommand(command)
      return told(await inner.run({ ...command, argv: [...enter, ...command.argv] }))
    },
    close: async () => undefined,
  }
}

/**
 * The arguments that go before a command to run it in the namespace.
 * @throws TypeError for what can be no name, process number or path.
 */
export function enterArguments(ref: NamespaceRef): readonly string[] {
  return ['nsenter', `--net=${pathOf(ref)}`, '--']
}

export function pathOf(ref: NamespaceRef): string {
  switch (ref.kind) {
    case 'name':
      if (!/^[^/\0]{1,255}$/.test(ref.name) || ref.name === '.' || ref.name === '..')
        throw new TypeError(`not the name of a namespace: ${JSON.stringify(ref.name)}`)
      return `/run/netns/${ref.name}`
    case 'pid':
      if (!Number.isSafeInteger(ref.pid) || ref.pid < 1) throw new TypeError(`not a process number: ${ref.pid}`)
      return `/proc/${ref.pid}/ns/net`
    case 'path':
      if (!/^\/[^\0]{1,4000}$/.test(ref.path)) throw new TypeError(`not an absolute path: ${JSON.stringify(ref.path)}`)
      return ref.path
  }
}

function nameOf(ref: NamespaceRef): string {
  return ref.kind === 'name'
    ? `namespace ${ref.name}`
    : ref.kind === 'pid'
      ? `the namespace of process ${ref.pid}`
      : `namespace ${ref.path}`
}

/** nsenter's own failures, told from the command's: it says them under its own name. */
function told(result: Ran): Ran {
  if (result.end !== 'exited' || result.code === 0) return result
  const said = /^nsenter: (.*)$/m.exec(result.stderr)?.[1]
  if (said === undefined) return result
  const { bytes, stderr, milliseconds } = result
  if (/permission|not permitted/i.test(said)) return ran('denied', { bytes, stderr, milliseconds })
  if (result.code === 127 || /failed to execute|can't execute/.test(said)) return ran('not-found', { bytes, stderr, milliseconds })
  return ran('unreachable', { bytes, stderr, milliseconds })
}
