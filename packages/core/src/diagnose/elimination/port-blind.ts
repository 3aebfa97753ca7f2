import type { CauseId } from '../causes/ids.ts'

/** No rule there asks for a port: one flow to the same place clears them for every port. */
export const PORT_BLIND: ReadonlySet<CauseId> = new Set<CauseId>([
  'route.missing-default',
  'route.wrong',
  'route.missing',
  'route.overlap',
  'route.policy-rule',
  'route.blackhole',
  'route.rp-filter',
  'host.forwarding-off',
  'host.interface-down',
  'host.neighbour',
  'host.mtu',
  'host.offload',
  'overlay.blocked',
  'overlay.endpoint',
  'overlay.subnet-mismatch',
  'overlay.duplicate-subnet',
  'filter.forward-policy',
  'filter.docker-isolation',
  'nat.masquerade-missing',
  'nat.hairpin',
])
