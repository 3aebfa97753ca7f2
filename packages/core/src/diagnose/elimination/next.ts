import { formatAddress } from '../../net/address.ts'
import type { CauseId } from '../causes/ids.ts'
import type { TestOutcome } from '../diagnosis.ts'
import type { Place } from './eliminate.ts'
import { type Flow, isAddress, targetText } from './flow.ts'
import { mannerOf } from './manner.ts'
import type { StageId } from './stages.ts'

/** A command whose output separates the places that are left. */
export interface NextTest {
  readonly command: string
  readonly why: string
  readonly separates: readonly CauseId[]
  /** What it may show, and which places and causes are left then. */
  readonly outcomes: readonly TestOutcome[]
}

/** What a test shows where the fault is at a stage; stages with the same answer are not told apart. */
interface Test {
  readonly command: (flow: Flow) => string
  readonly why: string
  readonly shows: (stage: StageId, flow: Flow) => string | undefined
}

const BEFORE_NODE: readonly StageId[] = ['client', 'client-link', 'network']
const AT_TRANSLATION: readonly StageId[] = ['prerouting', 'translation', 'output']
const INSIDE: readonly StageId[] = ['routing', 'forward', 'input', 'postrouting']

/** The packet on all devices of the node tells how far it comes. */
const CAPTURE: Test = {
  command: (flow) => `${onNode(flow)}tcpdump -ni any ${quote(captureFilter(flow))}`,
  why: 'started on the node before the connection is tried again, it shows how far the packet comes and as what it goes on',
  shows: (stage, flow) => {
    const asked = targetText(flow)
    if (BEFORE_NODE.includes(stage))
      return `no SYN to ${asked} comes in by the sender's device: ${stage === 'network' ? 'it is lost before the node' : "it ends in the sender's own namespace or on its link"}`
    if (AT_TRANSLATION.includes(stage))
      return `the SYN to ${asked} comes in by the sender's device (or is sent), and none goes on to ${backendText(flow)}: ${flow.result === 'refused' ? 'the RST comes from the node itself, or from where the SYN was sent instead' : 'it is dropped or sent elsewhere before or in the translation'}`
    if (INSIDE.includes(stage)) return `the SYN comes in and is translated, and does not leave towards ${backendText(flow)}`
    return `the SYN leaves the node towards ${backendText(flow)}; the answer, or its absence, comes from there`
  },
}

/** All rules of the node that a packet meets before its Service's translation. */
const RULES_BEFORE: Test = {
  command: (flow) => `${onNode(flow)}sh -c ${quote('iptables-save -c; nft list ruleset; ip rule')}`,
  why: `shows every rule that takes the packet before the Service's own: REDIRECT, TPROXY, DNAT (hostPort, a leftover ingress), DROP in raw or mangle`,
  shows: (stage, flow) =>
    stage === 'prerouting'
      ? `a rule for ${portText(flow)} that stands before the Service's own, with a counter that grows by one with each attempt`
      : stage === 'translation'
        ? `no rule for ${targetText(flow)}, or one that leads to an address that no pod has`
        : stage === 'forward' || stage === 'input' || stage === 'output'
          ? 'a rule or policy that drops or rejects, with a counter that grows with each attempt'
          : 'no such rule',
}

/** The rules and routes of the sender's own namespace. */
const OWN_RULES: Test = {
  command: (flow) => `${onNode(flow)}nsenter -t PID -n sh -c ${quote('iptables-save -c; nft list ruleset; ip route; ip rule')}`,
  why: "PID is a process of the sending pod or container (crictl inspect, docker inspect): shows rules in the sender's own namespace, as a mesh's sidecar makes them",
  shows: (stage, flow) =>
    stage === 'client'
      ? `a rule on OUTPUT for ${portText(flow)}, or no route to it`
      : 'empty chains and a default route: the namespace is innocent',
}

/** Whether the connection's translation was made. */
const CONNTRACK: Test = {
  command: (flow) => `${onNode(flow)}conntrack -L -p ${flow.target.protocol === 'udp' ? 'udp' : 'tcp'}${conntrackFilter(flow)}`,
  why: 'right after an attempt: the second half of the entry is where the packet was really sent',
  shows: (stage, flow) => {
    if (BEFORE_NODE.includes(stage)) return 'no entry: the packet never came'
    if (stage === 'prerouting') return `no entry, or one whose answer comes from another address than ${backendText(flow)}`
    if (stage === 'translation') return `an entry whose answer comes from ${targetText(flow)} itself, or from an address that no pod has`
    return `an entry with ${backendText(flow)} [UNREPLIED]: it was translated, and lost behind`
  },
}

/** Whether anything listens, and on which address. */
const LISTENS: Test = {
  command: () => `nsenter -t PID -n ss -lntp`,
  why: 'PID is a process of the server: shows whether it listens, and on which address',
  shows: (stage, flow) =>
    stage === 'socket'
      ? `nothing listens on port ${flow.backendPort ?? flow.target.port ?? '?'}, or on 127.0.0.1 alone`
      : 'it listens on 0.0.0.0 or *',
}

/** The same connection from the server's own node: everything between the nodes is left out. */
const AT_SERVER: Test = {
  command: (flow) => `tcpdump -ni any ${quote(`udp port 8472 or udp port 4789 or ${captureFilter(flow)}`)}`,
  why: "on the server's node: shows whether the packet comes there, inside of a tunnel's packet or plain",
  shows: (stage) =>
    stage === 'server-node' || stage === 'server' || stage === 'socket' ? 'the packet comes in there' : 'nothing comes there',
}

const TESTS: readonly Test[] = [CAPTURE, RULES_BEFORE, OWN_RULES, CONNTRACK, LISTENS, AT_SERVER]
/** More commands than this are no help. */
const MOST = 4

/** The tests that tell the remaining places apart, the one that leaves least in doubt first. */
export function nextTests(places: readonly Place[], flow: Flow): readonly NextTest[] {
  if (places.length === 0) return []
  // It connects: that a first packet passes is known.
  if (mannerOf(flow.result) === 'later') return sizeTest(places, flow)
  return TESTS.map((test, i) => ({ test, doubt: doubtAfter(test, places, flow), i }))
    .filter(({ doubt }) => places.length === 1 || doubt < places.length)
    .sort((a, b) => a.doubt - b.doubt || a.i - b.i)
    .slice(0, MOST)
    .map(({ test }) => written(test, places, flow))
}

/** Whether large packets are lost where small ones pass is the first that parts what goes wrong behind a connection. */
function sizeTest(places: readonly Place[], { target: { address }, sender }: Flow): readonly NextTest[] {
  const causes = [...new Set(places.flatMap((place) => place.causes))]
  if (address === undefined || !causes.some((cause) => SIZES.has(cause))) return []
  const outcome = (shows: string, isSize: boolean): TestOutcome => ({
    shows,
    places: places.filter((place) => place.causes.some((cause) => SIZES.has(cause) === isSize)).map(({ title }) => title),
    causes: causes.filter((cause) => SIZES.has(cause) === isSize),
  })
  return [
    {
      command: `ping -c 3 -M do -s 1372 ${formatAddress(address)}`,
      why: `from ${sender.place ?? 'the sender'}, and again with -s 56: whether large packets are lost where small ones pass`,
      separates: causes,
      outcomes: [outcome('no answer, or "message too long", while -s 56 is answered', true), outcome('both are answered', false)].filter(
        (one) => one.causes.length > 0,
      ),
    },
  ]
}

const SIZES: ReadonlySet<CauseId> = new Set<CauseId>(['host.mtu', 'host.offload'])

/** Places that are left on average: the sum of the squares of the groups, over all. */
function doubtAfter(test: Test, places: readonly Place[], flow: Flow): number {
  const groups = new Map<string, number>()
  for (const { stage } of places) {
    const shown = test.shows(stage, flow) ?? ''
    groups.set(shown, (groups.get(shown) ?? 0) + 1)
  }
  return [...groups.values()].reduce((sum, count) => sum + count * count, 0) / places.length
}

function written({ command, why, shows }: Test, places: readonly Place[], flow: Flow): NextTest {
  const outcomes = new Map<string, { readonly places: string[]; readonly causes: Set<CauseId> }>()
  for (const { stage, causes, title } of places) {
    const shown = shows(stage, flow) ?? 'nothing'
    const known = outcomes.get(shown) ?? { places: [], causes: new Set() }
    outcomes.set(shown, known)
    known.places.push(title)
    for (const cause of causes) known.causes.add(cause)
  }
  return {
    command: command(flow),
    why,
    separates: [...new Set(places.flatMap(({ causes }) => causes))],
    outcomes: [...outcomes].map(([shown, left]) => ({ shows: shown, places: left.places, causes: [...left.causes] })),
  }
}

const NODE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/
const onNode = ({ sender }: Flow): string =>
  sender.node !== undefined && NODE_NAME.test(sender.node) ? `ssh ${sender.node} sudo ` : 'sudo '

/** Nothing of the evidence but addresses and numbers goes into a command. */
function captureFilter({ target, backendPort }: Flow): string {
  const ports = [...new Set([target.port, backendPort].filter((port) => port !== undefined))].map((port) => `port ${port}`)
  const host = target.address === undefined ? undefined : `host ${formatAddress(target.address)}`
  if (target.protocol === 'icmp') return host === undefined ? 'icmp' : `icmp and ${host}`
  return ports.length ? ports.join(' or ') : (host ?? 'tcp')
}

function conntrackFilter({ target }: Flow): string {
  const address = target.address === undefined ? '' : ` -d ${formatAddress(target.address)}`
  return `${isAddress(address.slice(4)) ? address : ''}${target.port === undefined ? '' : ` --dport ${target.port}`}`
}

const quote = (text: string): string => `'${text.replace(/'/g, '')}'`
const portText = ({ target: { port } }: Flow): string => (port === undefined ? 'its address' : `port ${port}`)
const backendText = ({ target, backendPort }: Flow): string =>
  target.role === 'service' ? `a pod of the Service${backendPort === undefined ? '' : ` (port ${backendPort})`}` : 'its target'
