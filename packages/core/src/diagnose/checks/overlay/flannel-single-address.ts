import { contains } from '../../../net/prefix.ts'
import { type Check, missing, seen, together } from '../check.ts'
import { addressText, flannelHosts, holds, leaseSays } from './flannel.ts'

export const flannelSingleAddress: Check = {
  id: 'flannel-single-address',
  holds: 'the overlay device has one address',
  why: 'packets to other nodes leave with a stale source address and their answers go elsewhere',
  evidence: ['hosts/HOST/ip-addr.json'],
  causes: ['overlay.multiple-addresses'],
  runbook: 'overlay-light-repair',
  run: (scene) =>
    together(
      flannelHosts(scene).map(({ host, vtepAddresses, lease }) => {
        const [first] = vtepAddresses
        if (!first) return missing(`${host.folder}/ip-addr.json`)
        if (vtepAddresses.length === 1) return seen()
        const stale = lease?.subnet
          ? vtepAddresses.filter(({ address }) => !contains(lease.subnet ?? { address: 0, length: 0 }, address))
          : []
        const which =
          stale.length > 0 ? `; ${stale.map(addressText).join(', ')} ${stale.length === 1 ? 'is' : 'are'} left from an earlier lease` : ''
        return seen({
          // Without the lease nobody tells which of them is stale.
          severity: stale.length > 0 ? 'error' : 'warning',
          cause: 'overlay.multiple-addresses',
          host: host.name,
          object: first.device,
          text: `${first.device} has ${vtepAddresses.length} addresses: ${vtepAddresses.map(addressText).join(', ')}${which}`,
          because: [...vtepAddresses.map(holds), ...(lease?.subnet ? [leaseSays(lease)] : [])],
        })
      }),
    ),
}
