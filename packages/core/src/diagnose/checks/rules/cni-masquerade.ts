import { contains, formatPrefix } from '../../../net/prefix.ts'
import { because, type Check, type Examined, missing, seen, together } from '../check.ts'
import { flannelHosts, leaseSays } from '../overlay/flannel.ts'
import { contentsOf } from '../scene.ts'
import { isWhole, rulesFile, rulesOf } from './chains.ts'

export const cniMasquerade: Check = {
  id: 'cni-masquerade',
  holds: 'where flannel is told to masquerade, its rules are there',
  why: 'pods reach nobody outside of the cluster: the answers find no way back',
  evidence: ['hosts/HOST/iptables-save.txt', 'hosts/HOST/files/run/flannel/subnet.env'],
  causes: ['nat.masquerade-missing'],
  runbook: 'restore-rules',
  run: (scene) =>
    together(
      flannelHosts(scene).flatMap(({ host, lease }): readonly Examined[] => {
        const wants = contentsOf(host.documents, 'flannel-subnet').some(({ content }) => content.values.FLANNEL_IPMASQ === 'true')
        if (!wants || !lease?.network) return []
        if (host.root.nft.some(({ tables }) => tables.some(({ name }) => /^flannel/.test(name)))) return [seen()]
        if (!isWhole(host.root, 'nat')) return [missing(`${host.folder}/iptables-save.txt`)]
        const { network } = lease
        const there = [...rulesOf(host.root, 'nat')].some(
          ({ rule }) =>
            (rule.target?.kind === 'MASQUERADE' || rule.target?.kind === 'SNAT') &&
            (rule.header.source === undefined || contains(network, rule.header.source.address)) &&
            !/mark/.test(rule.text),
        )
        if (there) return [seen()]
        return [
          seen({
            severity: 'error',
            cause: 'nat.masquerade-missing',
            host: host.name,
            object: formatPrefix(network),
            text: `flannel is told to masquerade, and no rule of ${host.name} does so for ${formatPrefix(network)}`,
            because: [
              because('no such rule in the table nat', rulesFile(host.root)),
              because('FLANNEL_IPMASQ=true', leaseSays(lease).source),
            ],
          }),
        ]
      }),
    ),
}
