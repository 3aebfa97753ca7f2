import { type Executor, type Ran, succeeded } from '../exec/executor.ts'
import type { Bundle } from './bundle.ts'
import { KINDS } from './catalogue.ts'
import { isKept, outcomeOf } from './outcome.ts'
import { each } from './pool.ts'

/** How the API is asked: which kubectl, with which configuration. */
export interface Api {
  readonly executor: Executor
  /** kubectl and its global options. */
  readonly kubectl: readonly [string, ...string[]]
}

const MEGABYTES = 120

/** Asks the API for every kind of the catalogue. False when it does not answer. */
export async function collectCluster({ executor, kubectl }: Api, bundle: Bundle, signal?: AbortSignal): Promise<boolean> {
  const ask = (argv: readonly string[]): Promise<Ran> =>
    executor.run({
      argv: [...kubectl, '--request-timeout=30s', ...argv, '-o', 'json'],
      timeout: 45_000,
      limit: MEGABYTES * 1024 * 1024,
      signal,
    })
  const keep = (file: string, argv: readonly string[], result: Ran, optional: boolean): void => {
    const lacks = /doesn't have a resource type|could not find the requested resource/.test(result.stderr)
    const outcome = lacks ? 'absent' : outcomeOf(result, false)
    if (isKept(outcome) && !(optional && /"items": \[\]/.test(result.stdout.slice(0, 500))))
      bundle.keep(`cluster/${file}`, result.bytes, true)
    bundle.attempts.push({
      file: `cluster/${file}`,
      command: [...kubectl, ...argv],
      outcome,
      bytes: result.bytes.length,
      milliseconds: Math.round(result.milliseconds),
      ...(result.stderr.trim() && { said: result.stderr.trim().split('\n').at(-1)?.slice(0, 300) }),
      ...(!isKept(outcome) && !lacks && !optional && { costs: `the cluster's ${file.replace('.json', '')}` }),
    })
  }
  const [first, ...others] = KINDS
  if (!first) return false
  const nodes = await ask(first.argv)
  keep(first.file, first.argv, nodes, false)
  if (!succeeded(nodes)) return false
  await each(others, 4, async ({ file, argv, optional = false }) => keep(file, argv, await ask(argv), optional))
  return true
}

/** Where a control plane keeps a configuration that may ask everything. */
const CONFIGURATIONS = ['/etc/kubernetes/admin.conf', '/etc/rancher/k3s/k3s.yaml', '/etc/rancher/rke2/rke2.yaml']

/** The API as the host itself may ask it; undefined where the host is no control plane. */
export async function apiOfHost(executor: Executor, signal?: AbortSignal): Promise<Api | undefined> {
  const script = 'for f; do [ -r "$f" ] && { printf %s "$f"; exit 0; }; done; exit 1'
  const found = await executor.run({ argv: ['sh', '-c', script, 'sh', ...CONFIGURATIONS], signal })
  return succeeded(found) && CONFIGURATIONS.includes(found.stdout)
    ? { executor, kubectl: ['kubectl', `--kubeconfig=${found.stdout}`] }
    : undefined
}
