import { usageError } from '../cli/exit.ts'
import type { Executor } from '../exec/executor.ts'
import { localExecutor } from '../exec/local.ts'
import { namespaceExecutor } from '../exec/namespace.ts'
import { isDestination, sshExecutor } from '../exec/ssh.ts'
import { DEFAULT_STATE, Store } from './store.ts'

/** Flags that say which machine is meant, and where it keeps what was done. */
export interface TargetFlags {
  readonly ssh?: string
  readonly sshConfig?: string
  readonly netns?: string
  readonly state?: string
}

export interface Target {
  readonly executor: Executor
  readonly store: Store
  /** What the model calls the machine; undefined: its own name. */
  readonly name: string | undefined
  /** Is it this machine's own network, which the own SSH session runs over? */
  readonly own: boolean
  close(): Promise<void>
}

/** The machine that is meant: this one, another over SSH, or a network namespace of either. */
export function targetOf({ ssh, sshConfig, netns, state }: TargetFlags): Target {
  if (ssh !== undefined && !isDestination(ssh))
    throw usageError(`--ssh ${ssh} is no destination`, 'write HOST, USER@HOST or an alias of your ssh configuration')
  if (netns !== undefined && !/^[\w.-]{1,200}$/.test(netns))
    throw usageError(`--netns ${netns} is no name of a namespace`, 'ip netns list shows their names')
  const machine = ssh === undefined ? localExecutor() : sshExecutor(ssh, sshConfig === undefined ? {} : { config: sshConfig })
  const executor = netns === undefined ? machine : namespaceExecutor(machine, { kind: 'name', name: netns })
  const folder = state ?? process.env.CULPRIT_STATE ?? DEFAULT_STATE
  if (!/^\/[^\0\n]*$/.test(folder)) throw usageError(`--state ${folder} is no absolute path`, `the default is ${DEFAULT_STATE}`)
  return {
    executor,
    store: new Store(executor, folder.replace(/\/+$/, '')),
    name: netns,
    own: ssh === undefined && netns === undefined,
    close: async () => {
      await executor.close()
      if (executor !== machine) await machine.close()
    },
  }
}
