import type { Outcome, Step } from '../../datapath/trace.ts'
import type { Blame } from '../../diagnose/blame.ts'
import type { Namespace } from '../../model/namespace.ts'
import { formatAddress } from '../../net/address.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { formatPrefix } from '../../net/prefix.ts'
import { innerNetwork } from './inner-network.ts'
import type { OptionDraft } from './option.ts'

/** Where a narrow accept goes: into the chain that is meant for one's own rules, where its owner keeps one, else before the rule that refuses. */
interface Place {
  readonly chain: string
  readonly position: number
  readonly lasts: string
}

/** An accept for what is refused, and no more, in front of what refuses it: for iptables rules and policies that may be edited. */
export function acceptBefore(blame: Blame, at: Namespace): OptionDraft | undefined {
  const { step } = blame
  if (step?.chain === undefined || step.table === undefined || (step.family !== 'ip' && step.family !== 'ip6')) return undefined
  const ruleset = at.iptables.find(({ file }) => file === step.evidence?.file)
  if (!ruleset) return undefined
  const place = placeFor(step, at)
  const words = ['-t', step.table, '-I', place.chain, String(place.position), ...matchWords(blame.part, step, at), '-j', 'ACCEPT']
  const program = step.family === 'ip6' ? 'ip6tables' : 'iptables'
  return {
    title: `Let this traffic pass, by a rule in ${place.chain}`,
    kind: 'immediate',
    risk: 'low',
    downtime: 'none',
    pros: ['only the traffic that is meant passes', 'takes effect at once'],
    cons: ['gone after a restart of the firewall or the host, unless it is saved'],
    where: { host: at.host, netns: at.name },
    steps: [
      {
        argv: [program, ...words],
        why: `it stands before ${step.rule === undefined ? `the end of ${step.chain}` : `rule ${step.rule} of ${step.chain}`}, which refuses the packet`,
      },
    ],
    lasts: place.lasts,
  }
}

function placeFor(step: Step, at: Namespace): Place {
  const own = at.iptables.find(({ file }) => file === step.evidence?.file)?.tables.find(({ name }) => name === step.table)
  if (step.hook === 'FORWARD' && step.table === 'filter' && own?.chains.has('DOCKER-USER') && step.chain !== 'DOCKER-USER')
    return {
      chain: 'DOCKER-USER',
      position: 1,
      lasts: 'DOCKER-USER is left alone by Docker; save it with the means of the distribution (netfilter-persistent, iptables-services)',
    }
  return {
    chain: step.chain ?? '',
    position: step.rule ?? 1,
    lasts: 'save it with the means of the distribution (netfilter-persistent, iptables-services), or write it where this ruleset is kept',
  }
}

/** The flow in the words of iptables: networks of containers and pods whole, others by address; the port where there is one. */
function matchWords({ packet }: Outcome, step: Step, at: Namespace): readonly string[] {
  const ports = packet.protocol === PROTOCOL.tcp || packet.protocol === PROTOCOL.udp
  const network = (address: Outcome['packet']['src']): string => {
    const route = innerNetwork(at, address)
    return route ? formatPrefix(route.destination) : formatAddress(address)
  }
  const name = packet.protocol === PROTOCOL.tcp ? 'tcp' : packet.protocol === PROTOCOL.udp ? 'udp' : String(packet.protocol)
  return [
    ...(step.hook === 'OUTPUT' ? [] : ['-s', network(packet.src)]),
    '-d',
    network(packet.dst),
    '-p',
    name,
    ...(ports ? ['--dport', String(packet.dport)] : []),
  ]
}
