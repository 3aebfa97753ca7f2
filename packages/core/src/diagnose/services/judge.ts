import type { Source } from '../../facts/source.ts'
import type { Intended, ServiceClient } from '../../model/kubernetes/intended.ts'
import type { ServiceEntry } from '../../model/kubernetes/service-address.ts'
import type { Namespace } from '../../model/namespace.ts'
import { type Address, formatAddress } from '../../net/address.ts'
import type { Service } from '../../parse/kubernetes/service.ts'
import type { Finding } from '../finding.ts'
import type { Translation } from './translation.ts'

/** One question and both answers to it. */
export interface Compared {
  readonly host: Namespace
  readonly service: Service
  readonly entry: ServiceEntry
  readonly client: ServiceClient
  readonly intended: Intended
  readonly actual: readonly Translation[]
}

export type Judged =
  | { readonly kind: 'compared'; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly what: string; readonly missing: string }

type To = Extract<Translation, { readonly kind: 'to' }>
type Because = Finding['because'][number]

/** Holds what the rules do against what the API says. Nothing is found where either answer is unknown. */
export function judge(compared: Compared): Judged {
  const { intended, actual } = compared
  const what = `${entryText(compared)} on ${compared.host.host}`
  if (intended.kind === 'unknown') return { kind: 'skipped', what, missing: intended.evidence || intended.why }
  for (const translation of actual) {
    if (translation.kind === 'unknown') return { kind: 'skipped', what, missing: translation.evidence || translation.why }
    if (translation.kind === 'elsewhere')
      return { kind: 'skipped', what, missing: `the packet does not come to the rules (${translation.why})` }
  }
  const sent = actual.filter((translation): translation is To => translation.kind === 'to')
  const findings = intended.kind === 'none' ? whereNoneIsMeant(compared, intended, sent) : whereSomeAreMeant(compared, intended, sent)
  return { kind: 'compared', findings: findings ? [findings] : [] }
}

function whereNoneIsMeant(compared: Compared, intended: Extract<Intended, { kind: 'none' }>, sent: readonly To[]): Finding | undefined {
  if (!sent.length || !intended.complete) return undefined
  const because = sent.map(ruleText)
  if (intended.reason === 'source-range')
    return finding(compared, 'service-open-to-others', `lets in ${clientText(compared)}, and ${intended.why}`, because)
  if (intended.reason === 'no-local-endpoints' && sent.every((one) => byProxy(one)))
    return finding(compared, 'service-policy-not-kept', `is sent to ${listText(sent)}, and ${intended.why}`, because)
  const id = sent.every((one) => byProxy(one)) ? 'service-proxy-stale' : 'service-redirected'
  return finding(compared, id, `is sent to ${listText(sent)}, and ${intended.why}`, because)
}

function whereSomeAreMeant(
  compared: Compared,
  intended: Extract<Intended, { kind: 'backends' }>,
  sent: readonly To[],
): Finding | undefined {
  const { actual } = compared
  const meant: readonly Because[] = intended.backends.map(({ address, port, source }) => ({
    text: `${intended.from}: ${addressText(address, port)} is ready`,
    source,
  }))
  if (!sent.length) {
    const refused = actual.find((one) => one.kind === 'refused' || one.kind === 'dropped')
    const because = refused?.kind === 'refused' || refused?.kind === 'dropped' ? stepBecause(refused.step) : []
    const count = `${intended.backends.length} ${intended.backends.length === 1 ? 'endpoint' : 'endpoints'}`
    return refused
      ? finding(compared, 'service-refused-with-endpoints', `is ${refused.kind} by the rules, though it has ${count}`, [
          ...because,
          ...meant,
        ])
      : finding(
          compared,
          'service-unknown-to-rules',
          `is not known to the rules, though it has ${count}: packets to it stay as they are`,
          meant,
        )
  }
  const has = (
    backends: readonly { readonly address: Address; readonly port: number }[],
    one: { readonly address: Address; readonly port: number },
  ) => backends.some((other) => other.address === one.address && other.port === one.port)
  const extra = intended.complete ? sent.filter((one) => !has(intended.backends, one)) : []
  const missing = intended.backends.filter((one) => !has(sent, one))
  const foreign = extra.find((one) => !byProxy(one))
  if (foreign)
    return finding(
      compared,
      'service-redirected',
      `is sent to ${listText(extra)} by another program's rule, and not to ${listText(intended.backends)}`,
      [...extra.map(ruleText), ...meant],
    )
  if (extra.length && missing.length)
    return finding(compared, 'service-proxy-stale', `goes to ${listText(extra)}, and should go to ${listText(missing)}`, [
      ...extra.map(ruleText),
      ...meant,
    ])
  if (extra.length)
    return finding(
      compared,
      'service-extra-endpoint',
      `also goes to ${listText(extra)}, which ${extra.length === 1 ? 'is' : 'are'} not among its endpoints (${intended.why})`,
      [...extra.map(ruleText), ...meant],
    )
  if (missing.length && !hasAffinity(compared))
    return finding(compared, 'service-endpoint-missing', `never goes to ${listText(missing)}`, [...meant, ...sent.map(ruleText)])
  return undefined
}

/** A client that was seen before goes to its own endpoint alone. */
const hasAffinity = ({ service }: Compared): boolean => service.sessionAffinity === 'ClientIP'

const byProxy = ({ step }: To): boolean =>
  step.kind !== 'rule' || /^KUBE-/.test(step.chain ?? '') || step.table === 'kube-proxy' || /^KUBE-/.test(step.table ?? '')

function finding(compared: Compared, id: string, text: string, because: readonly Because[]): Finding {
  const { service, host } = compared
  return {
    id,
    severity: 'error',
    where: { host: host.host, object: `svc/${service.namespace}/${service.name}` },
    text: `${entryText(compared)} ${text} (asked on ${host.host} as ${clientText(compared)})`,
    because: [...because, { text: `Service ${service.namespace}/${service.name}`, source: service.source }],
  }
}

const KINDS: Readonly<Record<ServiceEntry['kind'], string>> = {
  'cluster-ip': 'cluster IP',
  'external-ip': 'external IP',
  'load-balancer': 'load balancer address',
  'node-port': 'node port',
}

const entryText = ({ service, entry }: Compared): string =>
  `Service ${service.namespace}/${service.name}, ${KINDS[entry.kind]} ${addressText(entry.address, entry.port)}/${entry.servicePort.protocol},`

const clientText = ({ client }: Compared): string =>
  client.kind === 'node'
    ? 'the node itself'
    : `${client.kind === 'pod' ? 'a pod' : 'somebody outside'}${client.address === undefined ? '' : `, ${formatAddress(client.address)}`}`

const addressText = (address: Address, port: number): string =>
  typeof address === 'bigint' ? `[${formatAddress(address)}]:${port}` : `${formatAddress(address)}:${port}`

function listText(backends: readonly { readonly address: Address; readonly port: number }[]): string {
  const shown = backends.slice(0, 3).map(({ address, port }) => addressText(address, port))
  return `${shown.join(', ')}${backends.length > 3 ? ` and ${backends.length - 3} more` : ''}`
}

const ruleText = ({ step }: To): Because => ({ text: step.text, source: step.evidence })
const stepBecause = (step: { readonly text: string; readonly evidence?: Source } | undefined): readonly Because[] =>
  step ? [{ text: step.text, source: step.evidence }] : []
