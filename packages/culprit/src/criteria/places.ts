import { parsePlace } from '@culprit/core/model/place'
import type { Executor } from '../exec/executor.ts'
import { type Reached, reachHosts } from '../probe/reach.ts'
import type { Target } from '../repair/target.ts'

/** Where a place of a criterion can really be asked. */
export interface Places {
  /** undefined: nobody can be asked there from here. */
  readonly of: (from: string) => Executor | undefined
  readonly close: () => Promise<void>
}

/** The machine that is meant, by its name or, for a namespace, the namespace's; the machines of --ssh; and the namespaces on them. */
export async function reachPlaces(
  target: Target,
  hosts: readonly string[],
  sshConfig: string | undefined,
  signal?: AbortSignal,
): Promise<Places> {
  const reached = await reachHosts(hosts, sshConfig, signal)
  return { of: (from) => placed(from, target, reached), close: reached.close }
}

function placed(from: string, target: Target, { places }: Reached): Executor | undefined {
  const place = parsePlace(from)?.place
  switch (place?.kind) {
    case 'host':
      return onHost(place.host, '', target, places)
    case 'netns':
      return onHost(place.host, place.name, target, places)
    case 'pod':
      return named(`${place.namespace}_${place.name}`, places)
    case 'container':
      return named(place.name, places)
    default:
      return undefined
  }
}

/** The namespace that is meant as a machine has its pods beside it, on the machine that it is on. */
function onHost(host: string, netns: string, target: Target, places: Reached['places']): Executor | undefined {
  if (target.name === host) return netns === '' ? target.executor : named(netns, places)
  return places.get(`${host}/${netns}`) ?? [...places].find(([key]) => isSame(key, host, netns))?.[1]
}

/** `node1` and `node1.example.com` may be the same. */
function isSame(key: string, host: string, netns: string): boolean {
  const at = key.indexOf('/')
  const known = key.slice(0, at)
  return key.slice(at + 1) === netns && known.split('.')[0] === host.split('.')[0] && known.includes('.') !== host.includes('.')
}

const named = (netns: string, places: Reached['places']): Executor | undefined =>
  [...places].find(([key]) => key.slice(key.indexOf('/') + 1) === netns)?.[1]
