import type { Source } from '../../facts/source.ts'
import { parseAddress } from '../../net/address.ts'
import { readColumns } from '../columns.ts'
import { readJson } from '../json.ts'
import { looksLikeJson, objectsOf, text } from '../json-fields.ts'
import type { Parsed } from '../parsed.ts'
import type { ContainerRun, DockerContainer, PortBinding } from './container.ts'

/** Reads `docker ps`, as the table or as `--format json` (one object a line). */
export function readDockerPs(content: string, file: string): Parsed<DockerContainer> {
  if (looksLikeJson(content)) {
    const json = readJson(content, file)
    const facts = objectsOf(json).map(({ value, line }) => {
      const get = (...keys: string[]) => keys.map((key) => text(value, key)).find((found) => found !== undefined)
      const networks =
        get('Networks')
          ?.split(',')
          .filter((name) => name !== '') ?? []
      return listed(
        {
          id: get('ID', 'Id'),
          image: get('Image'),
          status: get('Status'),
          state: get('State'),
          ports: get('Ports'),
          names: get('Names', 'Name'),
          labels: get('Labels'),
          networks,
        },
        { file, line },
      )
    })
    return { facts, notes: json.notes }
  }
  const { rows, others } = readColumns(content, (line) => /^\s*CONTAINER ID\b/.test(line))
  return {
    facts: rows.map(({ cells, line }) =>
      listed(
        {
          id: cells['CONTAINER ID'],
          image: cells.IMAGE,
          status: cells.STATUS,
          state: undefined,
          ports: cells.PORTS,
          names: cells.NAMES,
          labels: undefined,
          networks: [],
        },
        { file, line },
      ),
    ),
    notes: others.map((line) => ({
      kind: 'not-understood',
      text: 'not a line of docker ps',
      raw: line.text,
      source: { file, line: line.number },
    })),
  }
}

interface Listed {
  readonly id: string | undefined
  readonly image: string | undefined
  readonly status: string | undefined
  readonly state: string | undefined
  readonly ports: string | undefined
  readonly names: string | undefined
  readonly labels: string | undefined
  readonly networks: readonly string[]
}

function listed(row: Listed, source: Source): DockerContainer {
  const ports = portsOf(row.ports ?? '')
  return {
    id: row.id ?? '',
    name: (row.names ?? '').split(',')[0]?.trim() ?? '',
    image: row.image || undefined,
    state: row.state ?? stateOf(row.status ?? ''),
    run: runOf(row.status ?? ''),
    pid: undefined,
    sandbox: undefined,
    hostname: undefined,
    networkMode: undefined,
    endpoints: row.networks.map((network) => ({
      network,
      networkId: undefined,
      addresses: [],
      mac: undefined,
      gateway: undefined,
      gateway6: undefined,
      aliases: [],
    })),
    ports,
    requestedPorts: ports,
    exposedPorts: (row.ports ?? '').split(/,\s*/).filter((port) => /^\d+(?:-\d+)?\/\w+$/.test(port)),
    labels: Object.fromEntries(
      (row.labels ?? '')
        .split(',')
        .flatMap((pair) => (pair.includes('=') ? [[pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]] : [])),
    ),
    complete: false,
    source,
  }
}

/** The STATUS column: `Up 3 hours (Paused)`, `Exited (0) 2 days ago`. */
function stateOf(status: string): string | undefined {
  if (/^Up\b/.test(status)) return /\(Paused\)/.test(status) ? 'paused' : 'running'
  const word = /^(Exited|Created|Restarting|Removal|Dead)\b/.exec(status)?.[1]
  return word?.toLowerCase()
}

/** `Exited (137) 2 days ago`, `Restarting (1) 5 seconds ago`, `Up 3 hours (unhealthy)`, `Up 2 seconds (health: starting)`. */
function runOf(status: string): ContainerRun {
  const exit = /^(?:Exited|Restarting) \((\d{1,3})\)/.exec(status)?.[1]
  return {
    exitCode: exit === undefined ? undefined : Number(exit),
    error: undefined,
    outOfMemory: false,
    restarts: undefined,
    restartPolicy: undefined,
    health: /\((?:health: )?(healthy|unhealthy|starting)\)$/.exec(status)?.[1],
    startedAt: undefined,
    finishedAt: undefined,
  }
}

/** The PORTS column: `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, :::9000-9001->9000-9001/tcp, 443/tcp`. */
function portsOf(column: string): readonly PortBinding[] {
  const out: PortBinding[] = []
  for (const part of column.split(/,\s*/)) {
    const found = /^(?:(.*):)?(\d+)(?:-(\d+))?->(\d+)(?:-\d+)?\/(\w+)$/.exec(part.trim())
    if (!found) continue
    const [, address = '', first = '', last = first, to = '', protocol = 'tcp'] = found
    const count = Math.min(Number(last) - Number(first), 65_535)
    for (let i = 0; i <= count; i++)
      out.push({
        hostAddress: parseAddress(address.replace(/^\[|\]$/g, '')),
        hostPort: Number(first) + i,
        containerPort: Number(to) + i,
        protocol,
      })
  }
  return out
}
