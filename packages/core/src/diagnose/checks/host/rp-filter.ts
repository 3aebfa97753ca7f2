import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import { because, type Check, type Examined, missing, NOTHING, seen, together } from '../check.ts'
import { capturedHosts, sysctlSource } from '../scene.ts'

/** More pairs of hosts than this are not looked at. */
const MOST_HOSTS = 60

export const rpFilter: Check = {
  id: 'rp-filter',
  holds: 'no interface drops what another host sends because the answer would leave by another interface',
  why: 'packets are seen in a capture and never reach the application',
  evidence: ['hosts/HOST/sysctl.txt', 'hosts/HOST/ip-route.json', 'hosts/HOST/ip-addr.json'],
  causes: ['route.rp-filter'],
  runbook: 'set-sysctl',
  run(scene) {
    const hosts = capturedHosts(scene)
    if (hosts.length < 2) return NOTHING
    const some = hosts.slice(0, MOST_HOSTS)
    return together(
      some.flatMap((at) =>
        at.root.sysctls.known
          ? some.flatMap((from) => (from === at ? [] : [between(from.root, at.root)]))
          : [missing(`${at.folder}/sysctl.txt`)],
      ),
    )
  },
}

const query = (dst: number, iif = 'lo') => ({ src: undefined, dst, iif, mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0 })

/** `from` sends to each address of `at` with the source that its own routes choose: does the way back lead through the same interface? */
function between(from: Namespace, at: Namespace): Examined {
  return together(
    at.addresses.flatMap(({ address, device }): readonly Examined[] => {
      if (typeof address !== 'number' || device === 'lo' || from.owned.has(address) || at.sysctls.max(device, 'rp_filter') !== 1) return []
      const way = from.fib.ip.lookup(query(address))
      if (way.kind !== 'route' || way.route.type !== 'unicast') return []
      const out = way.nextHops[0]?.device
      const source = way.route.preferredSource ?? from.addressesOf.get(out ?? '')?.find((one) => typeof one.address === 'number')?.address
      // Only where both stand on one wire is the interface known by which it comes in.
      if (typeof source !== 'number' || way.nextHops[0]?.via !== undefined || at.owned.has(source)) return []
      const back = at.fib.ip.lookup({ ...query(source), src: address })
      if (back.kind !== 'route' || back.nextHops.some((hop) => hop.device === device)) return [seen()]
      const key = `net.ipv4.conf.${device}.rp_filter`
      return [
        seen({
          severity: 'error',
          cause: 'route.rp-filter',
          host: at.host,
          object: key,
          text: `what ${from.host} sends from ${formatAddress(source)} to ${formatAddress(address)} comes in by ${device}; the answer would leave by ${back.nextHops[0]?.device ?? 'none'}, and strict reverse-path filtering drops it`,
          because: [
            because(`${key} or net.ipv4.conf.all.rp_filter is 1`, sysctlSource(at, key) ?? sysctlSource(at, 'net.ipv4.conf.all.rp_filter')),
            because(back.route.text, back.route.source),
            because(way.route.text, way.route.source),
          ],
        }),
      ]
    }),
  )
}
