import type { Route } from '../facts/network.ts'
import type { FibResult } from '../model/fib.ts'
import type { Namespace } from '../model/namespace.ts'
import type { Reason } from './trace.ts'

/** Why routing refused it, and the errno-like reason that the sender may learn. */
export interface RouteRefusal {
  readonly kind: 'refused'
  readonly reason: Extract<
    Reason,
    | 'no-route'
    | 'blackhole'
    | 'unreachable'
    | 'prohibit'
    | 'rp-filter'
    | 'forwarding-off'
    | 'martian'
    | 'invalid-source'
    | 'missing-evidence'
  >
  readonly text: string
  readonly route: Route | undefined
  /** For `missing-evidence`: the file that would settle it, in the namespace's folder. */
  readonly evidence?: string
}

export const refuse = (reason: RouteRefusal['reason'], text: string, route?: Route): RouteRefusal => ({
  kind: 'refused',
  reason,
  text,
  route,
})

/** fib_props[].error and the rules' own errors: -EINVAL, -EHOSTUNREACH, -EACCES, -ENETUNREACH. */
export function refusalOf(result: Exclude<FibResult, { kind: 'route' }>, namespace: Namespace): RouteRefusal {
  switch (result.kind) {
    case 'none':
      return refuse('no-route', `no route to the destination in ${namespace.id}`)
    case 'unknown':
      return { ...refuse('missing-evidence', result.why), evidence: result.evidence }
    case 'refused': {
      const by = result.route ? `route "${result.route.text}"` : `rule "${result.rule.text}"`
      return refuse(result.type, `${result.type} by ${by}`, result.route)
    }
  }
}
