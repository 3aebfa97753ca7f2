/** What every machine's `ip -j` prints alike. */
export const inet = (local: string, prefixlen: number): object => ({ addr_info: [{ family: 'inet', local, prefixlen, scope: 'global' }] })

export const LOOPBACK = {
  ifindex: 1,
  ifname: 'lo',
  flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
  mtu: 65536,
  operstate: 'UNKNOWN',
  link_type: 'loopback',
  address: '00:00:00:00:00:00',
  addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }],
}

export const local = (dst: string, dev: string): object => ({
  type: 'local',
  dst,
  dev,
  table: 'local',
  protocol: 'kernel',
  scope: 'host',
  prefsrc: dst,
  flags: [],
})

export const LOOPBACK_ROUTE = { ...local('127.0.0.0/8', 'lo'), prefsrc: '127.0.0.1' }
