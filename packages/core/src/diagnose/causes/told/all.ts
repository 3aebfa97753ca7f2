import type { Cause, Family } from '../cause.ts'
import { blockedFlow } from './blocked-flow.ts'
import { blockedTunnel } from './blocked-tunnel.ts'
import { bridgeMtu } from './bridge-mtu.ts'
import { exposedPort } from './exposed-port.ts'
import { invalidDropped } from './invalid-drop.ts'
import { loopbackListener } from './loopback-listener.ts'
import { overlayDown } from './overlay-down.ts'
import { policyOfObjects } from './policy-objects.ts'
import { proxyDown } from './proxy-down.ts'
import { refusingChain } from './refusing-chain.ts'
import { refusingEnd } from './refusing-end.ts'
import { serviceWithoutPort } from './service-without-port.ts'
import { sourceRangesTold } from './source-ranges-told.ts'
import { staleEntries } from './stale-entries.ts'
import { targetPortTried } from './target-port-tried.ts'
import { trafficPolicyOfObjects } from './traffic-policy-objects.ts'
import { unlinkedChains } from './unlinked-chains.ts'

/** Causes that are told by what was tried and by parts of the evidence, where the packet's way cannot be traced. */
export const TOLD_CAUSES: readonly (Cause | Family)[] = [
  policyOfObjects,
  trafficPolicyOfObjects,
  targetPortTried,
  loopbackListener,
  staleEntries,
  refusingEnd,
  blockedTunnel,
  invalidDropped,
  exposedPort,
  blockedFlow,
  refusingChain,
  unlinkedChains,
  proxyDown,
  serviceWithoutPort,
  overlayDown,
  sourceRangesTold,
  bridgeMtu,
]
