import { readDocuments } from '../../../intake/documents.ts'
import type { Finding } from '../../finding.ts'
import { CHECKS } from '../registry.ts'
import { type CheckReport, runChecks } from '../run.ts'
import { createScene, type SceneParts } from '../scene.ts'

export type Files = Readonly<Record<string, string>>

/** A host's files: `on('n1', { 'sysctl.txt': … })`. */
export const on = (host: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`hosts/${host}/${name}`, text]))

/** Kubernetes objects as one file. */
export const cluster = (...objects: readonly unknown[]): Files => ({
  'cluster/all.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
})

/** What one check says of a bundle. */
export function report(id: string, files: Files, parts: SceneParts = {}): CheckReport {
  const checks = CHECKS.filter((check) => check.id === id)
  if (checks.length === 0) throw new Error(`there is no check ${id}`)
  const documents = readDocuments(Object.entries(files).map(([path, text]) => ({ path, text, root: 'bundle' })))
  return runChecks(createScene(documents, parts), checks)
}

/** Severity, cause and object of each finding; `passed`, or what is missing. */
export function told(id: string, files: Files, parts?: SceneParts): readonly string[] | string {
  const { findings, passed, skipped } = report(id, files, parts)
  if (findings.length > 0)
    return findings.map(
      ({ severity, cause, where }: Finding) => `${severity} ${cause} ${[where.host, where.object].filter((part) => part !== '').join(' ')}`,
    )
  return passed.includes(id) ? 'passed' : `skipped: ${skipped.map(({ missing }) => missing).join('; ')}`
}

export const node = (
  name: string,
  more: {
    readonly ip?: string
    readonly cidr?: string
    readonly ready?: string
    readonly labels?: object
    readonly annotations?: object
  } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: more.labels ?? {}, annotations: more.annotations ?? {} },
  spec: { ...(more.cidr && { podCIDR: more.cidr }) },
  status: {
    addresses: [...(more.ip ? [{ type: 'InternalIP', address: more.ip }] : []), { type: 'Hostname', address: name }],
    conditions: [{ type: 'Ready', status: more.ready ?? 'True', message: 'kubelet says so' }],
  },
})

export const pod = (
  name: string,
  more: {
    readonly ip?: string
    readonly node?: string
    readonly labels?: object
    readonly ports?: readonly object[]
    readonly image?: string
    readonly status?: object
    readonly namespace?: string
  } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: more.namespace ?? 'default', labels: more.labels ?? {} },
  spec: { nodeName: more.node ?? 'n1', containers: [{ name: 'c', image: more.image ?? 'nginx', ports: more.ports ?? [] }] },
  status: {
    phase: 'Running',
    ...(more.ip && { podIP: more.ip, podIPs: [{ ip: more.ip }] }),
    conditions: [{ type: 'Ready', status: 'True' }],
    ...more.status,
  },
})

export const service = (name: string, selector: object, ports: readonly object[] = [{ port: 80 }], clusterIP = '10.96.0.9') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], selector, ports },
})

/** `ip addr` of devices: `addr({ eth0: '10.0.0.1/24', 'flannel.1': '10.244.1.0/32' })`. */
export const addr = (devices: Readonly<Record<string, string | readonly string[]>>, mtu: Readonly<Record<string, number>> = {}): string =>
  Object.entries(devices)
    .map(([name, given], i) =>
      [
        `${i + 2}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${mtu[name] ?? 1500} qdisc noqueue state UP group default`,
        `    link/ether 0e:00:00:00:0${i}:0${i} brd ff:ff:ff:ff:ff:ff`,
        ...[given].flat().map((address) => `    inet ${address} scope global ${name}`),
      ].join('\n'),
    )
    .join('\n')

export const lease = (subnet: string, mtu = 1450, network = '10.244.0.0/16'): string =>
  `FLANNEL_NETWORK=${network}\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=true\n`

export const nat = (...rules: readonly string[]): string => {
  const chains = [...new Set(rules.flatMap((rule) => /^-A (\S+)/.exec(rule)?.[1] ?? []))].filter(
    (name) => !/^(?:PREROUTING|INPUT|OUTPUT|POSTROUTING)$/.test(name),
  )
  return `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${chains.map((name) => `:${name} - [0:0]\n`).join('')}${rules.join('\n')}\nCOMMIT\n`
}
