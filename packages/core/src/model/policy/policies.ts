import {
  type CalicoHostEndpoint,
  type CalicoPool,
  calicoHostEndpointOf,
  calicoNetworkSetOf,
  calicoPolicyOf,
  calicoPoolOf,
  calicoTierOf,
} from '../../parse/kubernetes/calico.ts'
import { networkPolicyOf } from '../../parse/kubernetes/network-policy.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { calicoPolicy } from './calico.ts'
import { kubernetesPolicy } from './kubernetes.ts'
import { opaquePolicy } from './opaque.ts'
import { DEFAULT_TIER, type RankedPolicy, type Tier } from './ranked.ts'

/** All policies of a cluster, in the order in which they are asked. */
export interface Policies {
  readonly ranked: readonly RankedPolicy[]
  readonly hostEndpoints: readonly CalicoHostEndpoint[]
  readonly pools: readonly CalicoPool[]
}

export function policiesOf(cluster: Cluster): Policies {
  const { objects } = cluster
  const sets = objects.flatMap((object) => calicoNetworkSetOf(object) ?? [])
  const tiers = new Map(objects.flatMap((object) => calicoTierOf(object) ?? []).map((tier) => [tier.name, tier]))
  const tierOf = (name: string): Tier => {
    const { order, passes = false } = tiers.get(name) ?? {}
    return { name, order: order ?? (name === 'default' ? DEFAULT_TIER.order : Number.POSITIVE_INFINITY), passes }
  }
  const ranked = objects.flatMap((object): readonly RankedPolicy[] => {
    const kubernetes = networkPolicyOf(object)
    if (kubernetes) return [kubernetesPolicy(cluster, kubernetes)]
    const calico = calicoPolicyOf(object)
    if (calico) return [calicoPolicy({ cluster, sets }, calico, tierOf(calico.tier))]
    const opaque = opaquePolicy(object)
    return opaque ? [opaque] : []
  })
  return {
    ranked: ranked.sort(inOrder),
    hostEndpoints: objects.flatMap((object) => calicoHostEndpointOf(object) ?? []),
    pools: objects.flatMap((object) => calicoPoolOf(object) ?? []),
  }
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
/** Infinity less Infinity is no number. */
const byOrder = (a: number, b: number): number => (a === b ? 0 : a - b)
const inOrder = (a: RankedPolicy, b: RankedPolicy): number =>
  byOrder(a.tier.order, b.tier.order) || byName(a.tier.name, b.tier.name) || byOrder(a.order, b.order) || byName(a.name, b.name)
