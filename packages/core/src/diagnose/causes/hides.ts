import type { CauseId } from './ids.ts'

/** Causes whose consequences look like causes of their own: while the deeper one stands, these are not named beside it. */
export const HIDES: Readonly<Partial<Record<CauseId, readonly CauseId[]>>> = {
  'nat.rules-flushed': ['nat.masquerade-missing', 'app.not-listening', 'filter.forward-policy', 'service.proxy-stale', 'nat.hostport'],
  'backend.mixed': ['nat.stale-target', 'host.neighbour', 'filter.cross-backend', 'service.proxy-stale', 'nat.hijack'],
  'nat.stale-target': ['host.neighbour', 'nat.hijack', 'route.missing'],
  'nat.hijack': ['app.not-listening', 'nat.masquerade-missing'],
  'route.overlap': ['host.neighbour', 'nat.masquerade-missing', 'route.rp-filter', 'nat.stale-target', 'nat.hijack', 'route.wrong'],
  'route.policy-rule': ['host.neighbour', 'nat.masquerade-missing', 'route.rp-filter', 'route.overlap', 'nat.hijack', 'nat.stale-target'],
  'overlay.subnet-mismatch': ['host.neighbour', 'route.overlap', 'route.missing', 'route.wrong', 'nat.masquerade-missing', 'overlay.duplicate-subnet', 'nat.hijack', 'overlay.multiple-addresses', 'overlay.endpoint'],
  'overlay.duplicate-subnet': ['host.neighbour', 'route.wrong', 'nat.masquerade-missing'],
  'overlay.blocked': ['filter.input-rule', 'filter.output-rule', 'filter.forward-rule', 'filter.forward-policy', 'filter.firewalld-zone', 'filter.ufw', 'filter.cross-backend'],
  'overlay.endpoint': ['host.neighbour'],
  'host.bridge-netfilter': ['nat.masquerade-missing', 'nat.hijack'],
  'service.port': ['nat.masquerade-missing', 'service.proxy-stale', 'route.missing'],
  'service.proxy-stale': ['nat.masquerade-missing', 'route.missing'],
  'service.no-endpoints': ['filter.forward-rule', 'filter.input-rule', 'filter.output-rule'],
  'service.selector': ['service.no-endpoints'],
  'app.crash': ['service.no-endpoints', 'app.not-listening'],
  'nat.hairpin': ['nat.hijack'],
  'route.missing-default': ['service.proxy-stale'],
}
