import type { Note } from '../../facts/source.ts'
import { readColumns } from '../columns.ts'
import type { Parsed } from '../parsed.ts'
import { eventOfCells } from './event.ts'
import type { KubernetesObject } from './object.ts'
import type { SourcedObject } from './read.ts'

type Cells = Readonly<Record<string, string>>

const HEADER = /^\s*(?:NAMESPACE\s+)?NAME\s+[A-Z][A-Z()-]+(?:\s|$)|^\s*(?:NAMESPACE\s+)?LAST SEEN\s/

/**
 * Reads `kubectl get … [-o wide]` tables into objects with the fields that the columns show (marked partial).
 * `namespace`: what `-n` said on the command line, for tables without that column.
 */
export function readKubectlTable(content: string, file: string, namespace?: string): Parsed<SourcedObject> {
  const { rows, others } = readColumns(content, (line) => HEADER.test(line))
  const facts: SourcedObject[] = []
  const notes: Note[] = []
  for (const { text, number } of others) {
    const cells = podRow(text)
    if (cells) rows.push({ cells, line: number })
    else
      notes.push({ kind: 'not-understood', text: 'not a line of a kubectl table', raw: text.slice(0, 400), source: { file, line: number } })
  }
  for (const { cells, line } of rows) {
    const object = 'REASON' in cells && 'MESSAGE' in cells ? eventOfCells(cells, namespace, line) : objectOf(cells, namespace)
    if (object) facts.push({ object, source: { file, line }, partial: true })
  }
  return { facts, notes }
}

/** `kubectl get po -o wide | grep web` has lost its header; pods' rows are told by READY and RESTARTS. */
function podRow(text: string): Cells | undefined {
  const found = /^\s*(?:(\S+)\s+)?(\S+)\s+(\d+\/\d+)\s+([A-Z]\S*)\s+(\d+(?: \([^)]*\))?)\s+(\w+)(?:\s+(\S+)\s+(\S+)(?:\s.*)?)?$/.exec(text)
  if (!found) return undefined
  const [, namespace = '', name = '', ready = '', status = '', restarts = '', age = '', ip = '', node = ''] = found
  return { NAMESPACE: namespace, NAME: name, READY: ready, STATUS: status, RESTARTS: restarts, AGE: age, IP: ip, NODE: node }
}

function objectOf(cells: Cells, namespace: string | undefined): KubernetesObject | undefined {
  const named = cells.NAME ?? ''
  const slash = named.indexOf('/')
  const name = named.slice(slash + 1)
  const build = BUILDERS.find(({ applies, resource }) => (slash > 0 ? resource.test(named.slice(0, slash)) : applies(cells)))
  if (name === '' || !build) return undefined
  const place = cells.NAMESPACE || namespace
  const { labels, ...rest } = build.fields(cells)
  return {
    apiVersion: build.apiVersion,
    kind: build.kind,
    metadata: { name, ...(place && build.kind !== 'Node' && { namespace: place }), ...(labels !== undefined && { labels }) },
    ...rest,
  } as KubernetesObject
}

interface Builder {
  readonly kind: string
  readonly apiVersion: string
  /** `pod/web-1` as `kubectl get all` prints names. */
  readonly resource: RegExp
  readonly applies: (cells: Cells) => boolean
  readonly fields: (cells: Cells) => { readonly labels?: Readonly<Record<string, string>>; readonly [key: string]: unknown }
}

const BUILDERS: readonly Builder[] = [
  { kind: 'Pod', apiVersion: 'v1', resource: /^po(?:d|ds)?$/, applies: (c) => 'RESTARTS' in c && 'READY' in c, fields: pod },
  { kind: 'Service', apiVersion: 'v1', resource: /^(?:svc|services?)$/, applies: (c) => 'CLUSTER-IP' in c, fields: service },
  { kind: 'Node', apiVersion: 'v1', resource: /^no(?:de|des)?$/, applies: (c) => 'VERSION' in c && 'STATUS' in c, fields: node },
  {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    resource: /^endpointslices?(?:\.discovery.*)?$/,
    applies: (c) => 'ADDRESSTYPE' in c,
    fields: slice,
  },
  { kind: 'Endpoints', apiVersion: 'v1', resource: /^(?:ep|endpoints)$/, applies: (c) => 'ENDPOINTS' in c, fields: endpoints },
  {
    kind: 'NetworkPolicy',
    apiVersion: 'networking.k8s.io/v1',
    resource: /^(?:netpol|networkpolic(?:y|ies))(?:\.networking.*)?$/,
    applies: (c) => 'POD-SELECTOR' in c,
    fields: (c) => ({ spec: { podSelector: { matchLabels: selectorOf(c['POD-SELECTOR'] ?? '') } } }),
  },
]

const shown = (cell: string | undefined): string | undefined =>
  cell === undefined || cell === '' || /^<(?:none|unset|unknown|pending|nil)>$/.test(cell) ? undefined : cell

function pod(cells: Cells) {
  const [ready, all] = (cells.READY ?? '').split('/').map(Number)
  const address = shown(cells.IP)
  const state = shown(cells.STATUS)
  return {
    ...(shown(cells.LABELS) && { labels: selectorOf(cells.LABELS ?? '') }),
    spec: { ...(shown(cells.NODE) && { nodeName: cells.NODE }) },
    status: {
      phase:
        state === 'Running' || state === 'Pending' || state === 'Succeeded' || state === 'Failed'
          ? state
          : state === 'Completed'
            ? 'Succeeded'
            : 'Unknown',
      ...(state !== undefined && { reason: state }),
      ...(address && { podIP: address, podIPs: [{ ip: address }] }),
      ...(Number.isInteger(all) && { conditions: [{ type: 'Ready', status: ready === all && state === 'Running' ? 'True' : 'False' }] }),
    },
  }
}

/** PORT(S): `80:30080/TCP,443/TCP`. */
function service(cells: Cells) {
  const ports = (cells['PORT(S)'] ?? '').split(',').flatMap((part) => {
    const found = /^(\d+)(?::(\d+))?\/(\w+)$/.exec(part.trim())
    return found ? [{ port: Number(found[1]), protocol: found[3], ...(found[2] && { nodePort: Number(found[2]) }) }] : []
  })
  const cluster = shown(cells['CLUSTER-IP'])
  const external = (shown(cells['EXTERNAL-IP']) ?? '').split(',').filter((address) => /^[\d.]+$|:/.test(address))
  const type = shown(cells.TYPE) ?? 'ClusterIP'
  const selector = shown(cells.SELECTOR)
  return {
    spec: {
      type,
      ...(cluster && { clusterIP: cluster, clusterIPs: [cluster] }),
      ...(type !== 'LoadBalancer' && external.length > 0 && { externalIPs: external }),
      ports,
      ...(selector && { selector: selectorOf(selector) }),
    },
    ...(type === 'LoadBalancer' && { status: { loadBalancer: { ingress: external.map((ip) => ({ ip })) } } }),
  }
}

function node(cells: Cells) {
  const addresses = [
    ['InternalIP', shown(cells['INTERNAL-IP'])],
    ['ExternalIP', shown(cells['EXTERNAL-IP'])],
  ].flatMap(([type, address]) => (address ? [{ type, address }] : []))
  const status = cells.STATUS ?? ''
  return {
    spec: { ...(status.includes('SchedulingDisabled') && { unschedulable: true }) },
    status: {
      addresses,
      conditions: [{ type: 'Ready', status: /^Ready/.test(status) ? 'True' : /^Unknown/.test(status) ? 'Unknown' : 'False' }],
      nodeInfo: {
        kubeletVersion: cells.VERSION,
        ...(shown(cells['OS-IMAGE']) && { osImage: cells['OS-IMAGE'] }),
        ...(shown(cells['KERNEL-VERSION']) && { kernelVersion: cells['KERNEL-VERSION'] }),
        ...(shown(cells['CONTAINER-RUNTIME']) && { containerRuntimeVersion: cells['CONTAINER-RUNTIME'] }),
      },
    },
  }
}

/** ENDPOINTS: `10.42.0.5:80,10.42.1.7:80 + 1 more...`. */
function endpoints(cells: Cells) {
  const byPort = new Map<number, { ip: string }[]>()
  for (const part of (shown(cells.ENDPOINTS) ?? '').replace(/\s*\+ \d+ more\.*$/, '').split(',')) {
    const found = /^\[?([\d.]+|[0-9a-fA-F:]+)\]?:(\d+)$/.exec(part.trim())
    if (found) byPort.set(Number(found[2]), [...(byPort.get(Number(found[2])) ?? []), { ip: found[1] as string }])
  }
  return { subsets: [...byPort].map(([port, addresses]) => ({ addresses, ports: [{ port, protocol: 'TCP' }] })) }
}

function slice(cells: Cells) {
  const addresses = (shown(cells.ENDPOINTS) ?? '')
    .replace(/\s*\+ \d+ more\.*$/, '')
    .split(',')
    .filter((address) => address !== '')
  const ports = (shown(cells.PORTS) ?? '').split(',').filter((port) => /^\d+$/.test(port))
  return {
    addressType: cells.ADDRESSTYPE ?? 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports: ports.map((port) => ({ port: Number(port), protocol: 'TCP' })),
  }
}

const selectorOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split(',')
      .flatMap((pair) => (pair.includes('=') ? [[pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]] : [])),
  )
