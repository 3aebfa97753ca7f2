import { succeeded } from '../exec/executor.ts'
import { INSPECTIONS } from './catalogue.ts'
import { keepResult, type Run } from './host.ts'
import { type Named, namedOf } from './namespaces.ts'

/** Containers and pods that are inspected at most. */
const MOST = 1000
const isId = (text: string): boolean => /^[0-9a-zA-Z][\w.-]{0,127}$/.test(text)

/** Asks the engines for what they have, and takes from it how namespaces are called. Engines that are not there cost nothing. */
export async function inspect(run: Run): Promise<readonly Named[]> {
  const [docker, pods] = await Promise.all([
    listed(run, ['docker', 'ps', '-aq', '--no-trunc']).then((ids) => asked(run, INSPECTIONS.docker, ids)),
    listed(run, ['crictl', 'pods', '-q', '--no-trunc']).then((ids) => asked(run, INSPECTIONS.pods, ids)),
    listed(run, ['docker', 'network', 'ls', '-q', '--no-trunc']).then((ids) => asked(run, INSPECTIONS.networks, ids)),
  ])
  return namedOf(docker, documents(pods))
}

async function listed({ executor, signal }: Run, argv: readonly string[]): Promise<readonly string[]> {
  const result = await executor.run({ argv, signal })
  return succeeded(result) ? result.stdout.split('\n').filter(isId).slice(0, MOST) : []
}

async function asked(run: Run, entry: (typeof INSPECTIONS)[keyof typeof INSPECTIONS], ids: readonly string[]): Promise<string> {
  if (ids.length === 0) return ''
  const { megabytes = 64 } = entry
  const result = await run.executor.run({
    argv: [...entry.argv, ...ids],
    timeout: 30_000,
    limit: megabytes * 1024 * 1024,
    signal: run.signal,
  })
  // One that has ended meanwhile is an error; the others are told all the same.
  keepResult(run, { ...entry, inPart: result.stdout.trimEnd().endsWith(']') || result.stdout.trimEnd().endsWith('}') }, result)
  return result.stdout
}

/** crictl prints an object for each pod, one behind the other; newer ones an array. */
function documents(text: string): readonly unknown[] {
  return text.split(/^(?=\{)/m).flatMap((part) => {
    try {
      const value: unknown = JSON.parse(part)
      return Array.isArray(value) ? value : [value]
    } catch {
      return []
    }
  })
}
