import type { TraceRequest } from '../../datapath/trace.ts'
import type { Diagnosis } from '../../diagnose/diagnosis.ts'
import type { Finding } from '../../diagnose/finding.ts'
import type { Symptom } from '../../diagnose/scene.ts'
import { parsePlace } from '../../model/place.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { parseProtocol, protocolName } from '../../net/protocol.ts'
import { lineOf } from '../../repair/words.ts'
import { senderText } from '../diagnosis/flow-words.ts'
import type { Criterion, CriterionFlow } from './criterion.ts'

const MOST = 20

/**
 * What has to hold once it is mended: everything that failed, tried again; everything that works still; and the checks of the evidence that failed,
 * passed.
 */
export function criteriaOf(
  told: Pick<Diagnosis, 'symptoms' | 'works' | 'observations'>,
  failing: readonly Finding[] = [],
): readonly Criterion[] {
  const { symptoms, works } = told
  const traced = symptoms.filter(({ untraceable }) => untraceable === undefined)
  const all = [
    ...(traced.length > 0 ? traced : symptoms).map((one) => connects(told, one, 'reaches')),
    ...works.filter(({ untraceable }) => untraceable === undefined).map((one) => connects(told, one, 'still reaches')),
  ]
  // "the same services" is for nobody to try.
  const tried = all.filter(({ argv }) => argv !== undefined)
  const made = tried.length > 0 ? tried : all
  const checks = [...new Set(failing.map(({ id }) => id))].map(passes)
  return [...new Map([...made, ...checks].map((one) => [one.text, one])).values()].slice(0, MOST)
}

function connects(told: Pick<Diagnosis, 'observations'>, symptom: Symptom, verb: string): Criterion {
  const { to } = symptom.request
  const exposed = symptom.result === 'exposed'
  const vague = symptom.untraceable !== undefined
  const flow = flowOf(symptom)
  const argv = commandFor({ ...serviceName(symptom), ...flow }, symptom.result === 'stalls')
  return {
    text: `${senderText(told, symptom) ?? 'somebody'} ${exposed ? 'no longer reaches' : verb} ${to}`,
    command: lineOf(argv),
    ...(argv.length > 0 ? { argv } : {}),
    expect: EXPECTED[symptom.result ?? ''] ?? 'a connection',
    ...(vague ? {} : { flow }),
  }
}

/** Who answers in the place of another connects as well: only a person knows the right one. */
const EXPECTED: Readonly<Record<string, string>> = {
  exposed: 'no connection',
  stalls: 'an answer',
  'wrong-server': 'the answer of the right server',
}

const passes = (check: string): Criterion => {
  const argv = ['culprit', 'check', '--only', check]
  return { text: `the check ${check} finds no error`, command: lineOf(argv), argv, expect: 'exit code 0' }
}

/** The address is the one that the name stood for when it was traced. */
function flowOf({ request: { id: _, ...request }, outcomes }: Symptom): CriterionFlow {
  const sent = outcomes.find((outcome) => outcome.sent !== undefined)?.sent
  if (sent === undefined) return { ...request, ...literal(request) }
  return {
    ...request,
    address: formatAddress(sent.dst),
    ...(sent.dport > 0 ? { port: sent.dport } : {}),
    protocol: protocolName(sent.protocol),
  }
}

/** Of a target that is an address itself: `10.43.0.10:53/udp`. */
export function literal({ to }: Pick<TraceRequest, 'to'>): Pick<CriterionFlow, 'address' | 'port' | 'protocol'> {
  const read = parsePlace(to)
  if (read?.place.kind !== 'address' || typeof read.port === 'string') return {}
  const { port, protocol = port === undefined ? 'icmp' : 'tcp' } = read
  const number = parseProtocol(protocol)
  return {
    address: formatAddress(read.place.address),
    ...(port === undefined ? {} : { port }),
    protocol: number === undefined ? protocol : protocolName(number),
  }
}

/** A Service, as pods ask for it, or a name that was told: those that Kubernetes and DNS know are safe in a command. */
function serviceName({ request: { to } }: Symptom): Pick<CriterionFlow, 'address' | 'port' | 'protocol'> {
  const read = parsePlace(to)
  if (read?.place.kind === 'service' && typeof read.port === 'number' && /^[a-z0-9-]+$/.test(read.place.name + read.place.namespace))
    return { address: `${read.place.name}.${read.place.namespace}.svc`, port: read.port, protocol: read.protocol ?? 'tcp' }
  const [, address, port, protocol = 'tcp'] = /^([a-z][a-z0-9.-]{0,252}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(to) ?? []
  return read === undefined && address !== undefined ? { address, port: Number(port), protocol } : {}
}

/** A command for anyone at the sender: nc, curl and ping are nearly everywhere. Empty where none of them can try it. */
function commandFor({ address, port, protocol }: CriterionFlow, whole: boolean): readonly string[] {
  if (address === undefined) return []
  if (port === undefined) return protocol === undefined || /icmp/.test(protocol) ? ['ping', '-c', '3', address] : []
  if (protocol === 'udp') return ['nc', '-u', '-z', '-w', '3', address, String(port)]
  if (protocol !== 'tcp' && protocol !== undefined) return []
  const host = typeof parseAddress(address) === 'bigint' ? `[${address}]` : address
  return whole ? ['curl', '-sS', '-m', '10', '-o', '/dev/null', `http://${host}:${port}/`] : ['nc', '-z', '-w', '3', address, String(port)]
}
