import type { Step } from '../../../datapath/trace.ts'
import type { Namespace } from '../../../model/namespace.ts'
import { formatAddress } from '../../../net/address.ts'
import type { Blame } from '../../blame.ts'
import { ownerOf, type Scene } from '../../scene.ts'
import type { Because, Cause, Suspect } from '../cause.ts'
import { accuse, faultOfStep, quoted, withoutStep } from '../suspect.ts'
import { translationsOf } from './translation.ts'

/** Two service proxies, or one in its present and in a former mode, each have their own idea of a Service's address. */
export const PROXY_CONFLICT: Cause = {
  id: 'service.proxy-conflict',
  suspects: (scene) => scene.blames.flatMap((blame) => byRules(scene, blame) ?? byDevice(scene, blame) ?? []),
}

/** The rules that sent it on are not the only ones for that address: others lead elsewhere. */
function byRules(scene: Scene, blame: Blame): Suspect | undefined {
  const { steps, sent } = blame.outcome
  const translated = translationsOf(steps).at(-1)
  if (!translated || !sent || ownerOf(scene, translated) !== 'kube-proxy') return undefined
  const chosen = steps.slice(0, steps.indexOf(translated)).findLast(({ chain }) => chain === 'KUBE-SERVICES' || chain === 'KUBE-NODEPORTS')
  const host = scene.model.hosts.get(translated.host)
  const other = chosen && host && otherRule(host, chosen, formatAddress(sent.dst), sent.dport)
  if (!chosen || !other) return undefined
  return accuse('service.proxy-conflict', blame, {
    where: faultOfStep(chosen),
    because: [quoted('this rule chooses where it goes', chosen), other],
    likelihood: 0.91,
    without: [withoutStep(chosen)],
  })
}

function otherRule(host: Namespace, chosen: Step, address: string, port: number): Because | undefined {
  const protocol = /-p (\w+)/.exec(chosen.text)?.[1]
  const target = targetOf(chosen.text)
  for (const { tables, file } of host.iptables)
    for (const { text, line } of tables.find(({ name }) => name === 'nat')?.chains.get(chosen.chain ?? '')?.rules ?? []) {
      const fits = chosen.chain === 'KUBE-NODEPORTS' || text.includes(`-d ${address}/`)
      if (!fits || !new RegExp(`-p ${protocol} .*--dport ${port}(?!\\d)`).test(text)) continue
      const other = targetOf(text)
      if (other !== undefined && other !== target) return { text: `another of its rules leads elsewhere: ${text}`, source: { file, line } }
    }
  const table = host.nft.find(({ tables }) => tables.some(({ name }) => name === 'kube-proxy'))
  return table && chosen.table === 'nat' && chosen.family !== 'kube-proxy'
    ? { text: 'kube-proxy has its table of nftables mode as well', source: { file: table.file, line: 1 } }
    : undefined
}

const targetOf = (text: string): string | undefined => /-j (KUBE-(?:SVC|EXT|XLB|FW)-\S+)/.exec(text)?.[1]

/** IPVS mode gives the host the Services' addresses, on a dummy device: without its servers the host takes the packets for its own. */
function byDevice(scene: Scene, blame: Blame): Suspect | undefined {
  if (blame.kind === 'doubted' || blame.direction === 'back') return undefined
  const { at, packet } = blame.outcome
  const host = scene.model.hosts.get(at.host)
  const address = at.netns === '' ? host?.addressesOf.get('kube-ipvs0')?.find((own) => own.address === packet.dst) : undefined
  const chains = host?.iptables.find(({ tables }) =>
    tables.some(({ name, chains }) => name === 'nat' && [...chains.keys()].some(isOfRules)),
  )
  if (!host || !address || !chains) return undefined
  return accuse('service.proxy-conflict', blame, {
    where: { host: host.host, object: 'device kube-ipvs0', source: address.source },
    because: [
      { text: `${formatAddress(packet.dst)} is an address of kube-ipvs0, which kube-proxy has in IPVS mode`, source: address.source },
      { text: "and the chains of kube-proxy's iptables mode are there as well", source: { file: chains.file, line: 1 } },
    ],
    likelihood: 0.92,
    without: [{ kind: 'link-removed', at: { host: host.host, netns: '' }, device: 'kube-ipvs0' }],
  })
}

/** IPVS mode has KUBE-SERVICES too, and no chain of a single Service. */
const isOfRules = (chain: string): boolean => /^KUBE-(SVC|SEP)-/.test(chain)
