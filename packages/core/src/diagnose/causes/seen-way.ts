import type { Step } from '../../datapath/trace.ts'
import { PROTOCOL } from '../../net/packet.ts'
import { faultOfWay, isTraced } from '../observations/kernel-log/fault.ts'
import type { Logged, LoggedStep, Observation, SeenFlow } from '../observations/observation.ts'
import { ownerOf, type Scene } from '../scene.ts'
import type { Because, Family, Suspect } from './cause.ts'
import { hookOf } from './hook-of.ts'
import { REFUSAL_IDS, refusalOf } from './path/filter.ts'
import { type Relevance, relevance } from './relevance.ts'
import { suspected } from './state.ts'
import { faultOfStep, withoutStep } from './suspect.ts'

type Refused = Logged & { readonly id: string }

/**
 * The kernel itself told which rule or policy refused a packet: TRACE, `nft monitor trace`, `xtables-monitor`, or a LOG rule with the refusing
 * one behind it. No model is needed to know that it did; whether it should not have is what the failing connections tell.
 */
export const SEEN_WAY: Family = {
  finds: REFUSAL_IDS,
  suspects: (scene) => scene.observations.filter(isRefused).flatMap((logged) => suspectOf(scene, logged) ?? []),
}

const isRefused = (one: Observation): one is Refused => one.kind === 'log' && faultOfWay(one) !== undefined

function suspectOf(scene: Scene, logged: Refused): Suspect | undefined {
  const last = logged.way?.at(-1)
  if (!last) return undefined
  const step = stepOf(scene, logged, last)
  const owner = ownerOf(scene, step)
  const refusal = refusalOf({ step, owner, tunnelled: isTunnel(logged.flow), scene })
  if (!refusal) return undefined
  const because: Because[] = [{ text: `the kernel's own log shows it: ${logged.text}`, source: logged.source, observation: logged.id }]
  if (last.source) because.push({ text: `${refusal.says}: ${step.text}`, source: last.source })
  const without = last.source ? withoutStep(step) : undefined
  return suspected(refusal.id, about(scene, logged), {
    where: faultOfStep(step),
    because,
    likelihood: isTraced(logged) ? TRACED : LOGGED,
    without: without ? [without] : [],
    explains: [logged.id],
  })
}

/** Somebody traced this very packet; a LOG rule writes of all that come by, scanners of the internet among them. */
const TRACED = 0.95
const LOGGED = 0.9
const UNASKED = 0.5

/** A connection that fails is this packet's; where none is told, a traced packet is what was asked about. */
function about(scene: Scene, logged: Refused): Relevance {
  const needed = relevance(scene, ({ addresses, ports }) => {
    const { dst, dport } = logged.flow ?? {}
    return dst !== undefined && addresses.has(dst) && (dport === 0 || ports.size === 0 || ports.has(dport ?? 0))
  })
  if (needed.hit || scene.symptoms.length + scene.works.length > 0) return needed
  return isTraced(logged) ? { ...needed, weight: 1 } : { ...needed, weight: UNASKED }
}

/** The step that a trace of the model would tell of it. */
function stepOf(scene: Scene, { way = [], host }: Refused, { family, table, chain, rule, verdict, step, text, source }: LoggedStep): Step {
  const policy = step === 'policy'
  return {
    kind: policy ? 'policy' : 'rule',
    host: host ?? '',
    netns: '',
    hook: hookOf(scene.documents, way),
    family: family ?? 'ip',
    table,
    chain,
    ...(rule === undefined ? {} : { rule }),
    text: text ?? (policy ? `policy ${verdict} of chain ${chain}` : `a rule of chain ${chain}`),
    ...(verdict === undefined ? {} : { effect: verdict }),
    ...(source ? { evidence: source } : {}),
  }
}

/** VXLAN (flannel's port and IANA's), Geneve, WireGuard; IPIP, GRE. */
const TUNNEL_PORTS: ReadonlySet<number> = new Set([8472, 4789, 6081, 51820, 51821])

const isTunnel = (flow: SeenFlow | undefined): boolean =>
  flow !== undefined && (flow.protocol === 4 || flow.protocol === 47 || (flow.protocol === PROTOCOL.udp && TUNNEL_PORTS.has(flow.dport)))
