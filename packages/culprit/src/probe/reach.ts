import { Bundle, fileName } from '../collect/bundle.ts'
import { discover } from '../collect/discover.ts'
import type { Executor } from '../exec/executor.ts'
import { localExecutor } from '../exec/local.ts'
import { namespaceExecutor } from '../exec/namespace.ts'
import { sshExecutor } from '../exec/ssh.ts'
import type { Reach } from './probe.ts'

export interface Reached {
  readonly reach: Reach
  /** By `HOST/NETNS`; the host's own namespace is `HOST/`. */
  readonly places: ReadonlyMap<string, Executor>
  readonly close: () => Promise<void>
}

/** This machine and those that ssh reaches, by the names that they have in a bundle, with the namespaces on them. */
export async function reachHosts(ssh: readonly string[], sshConfig: string | undefined, signal?: AbortSignal): Promise<Reached> {
  const remote = ssh.map((host) => sshExecutor(host, sshConfig === undefined ? {} : { config: sshConfig }))
  const byPlace = new Map<string, Executor>()
  await Promise.all([localExecutor(), ...remote].map((executor) => enter(executor, byPlace, signal)))
  return {
    places: byPlace,
    reach: (host, netns) => byPlace.get(`${host}/${netns}`),
    close: async () => void (await Promise.all(remote.map((executor) => executor.close()))),
  }
}

async function enter(executor: Executor, byPlace: Map<string, Executor>, signal: AbortSignal | undefined): Promise<void> {
  const named = await executor.run({ argv: ['uname', '-n'], signal })
  if (named.end !== 'exited') return
  const host = fileName(named.stdout.trim())
  byPlace.set(`${host}/`, executor)
  const run = { executor, bundle: new Bundle(), folder: { host }, signal }
  for (const { ref, netns } of await discover(run)) byPlace.set(`${host}/${netns}`, namespaceExecutor(executor, ref))
}
