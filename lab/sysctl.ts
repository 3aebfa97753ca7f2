import type { Version } from './network.ts'

const INTERFACES = ['all', 'default', 'lo', 'eth0', 'wg0', 'cni0', 'docker0', 'vethp1', 'vethp2', 'vethc1'] as const
const PER_INTERFACE = ['rp_filter', 'accept_local', 'route_localnet', 'src_valid_mark'] as const

export const sysctlPath = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`

/**
 * What to write, in order, so that the values of a scenario hold and nothing of an earlier one stays. The switch that forwards for all
 * interfaces resets each of them, but only when it changes (devinet_sysctl_forward, addrconf_fixup_forwarding): it is written both ways.
 */
export function sysctlWrites(version: Version, values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const master = version === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'
  const forward = values[master] ?? '1'
  const base: Record<string, string> = { 'net.bridge.bridge-nf-call-iptables': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' }
  if (version === 4) {
    for (const name of INTERFACES) for (const key of PER_INTERFACE) base[`net.ipv4.conf.${name}.${key}`] = '0'
  }
  const rest = Object.entries({ ...base, ...values }).filter(([name]) => name !== master)
  return [[master, forward === '1' ? '0' : '1'], [master, forward], ...rest].map(([name = '', value = '']) => [sysctlPath(name), value])
}
