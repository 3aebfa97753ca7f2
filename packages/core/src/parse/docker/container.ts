import type { Source } from '../../facts/source.ts'
import { type Address, parseAddress } from '../../net/address.ts'
import { type JsonObject, readJson } from '../json.ts'
import { flag, isObject, list, number, object, objectsOf, text } from '../json-fields.ts'
import type { Parsed } from '../parsed.ts'

/** A published port: `0.0.0.0:8080->80/tcp`. */
export interface PortBinding {
  /** undefined: every address of both families (`HostIp` empty). */
  readonly hostAddress: Address | undefined
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: string
}

/** A container's place in one network (`NetworkSettings.Networks`). */
export interface ContainerEndpoint {
  readonly network: string
  readonly networkId: string | undefined
  readonly addresses: readonly Address[]
  readonly mac: string | undefined
  readonly gateway: Address | undefined
  readonly gateway6: Address | undefined
  readonly aliases: readonly string[]
}

/** How a container runs, or ended. */
export interface ContainerRun {
  /** Of a container that has ended; `docker ps` shows it in `Exited (1)`. */
  readonly exitCode: number | undefined
  /** What the engine says of a start that failed: `driver failed programming external connectivity …`. */
  readonly error: string | undefined
  readonly outOfMemory: boolean
  /** Restarts by the engine. */
  readonly restarts: number | undefined
  /** no, always, on-failure, unless-stopped */
  readonly restartPolicy: string | undefined
  /** starting, healthy, unhealthy */
  readonly health: string | undefined
  /** ISO 8601 as the engine prints it; undefined where it never started, or still runs. */
  readonly startedAt: string | undefined
  readonly finishedAt: string | undefined
}

/** What `docker inspect` or a line of `docker ps` tells of a container. */
export interface DockerContainer {
  readonly id: string
  readonly name: string
  readonly image: string | undefined
  /** running, exited, created, paused …; undefined where a list does not tell */
  readonly state: string | undefined
  readonly run?: ContainerRun | undefined
  /** Process 1 of the container in the host's numbering; undefined when it does not run. */
  readonly pid: number | undefined
  /** File of its network namespace: /var/run/docker/netns/4ff8cdec3064 */
  readonly sandbox: string | undefined
  readonly hostname: string | undefined
  /** `bridge`, `host`, `none`, `container:ID`, or a network's name. */
  readonly networkMode: string | undefined
  readonly endpoints: readonly ContainerEndpoint[]
  /** In force now. */
  readonly ports: readonly PortBinding[]
  /** Asked for with -p; differs from `ports` when it is stopped, or when publishing failed. */
  readonly requestedPorts: readonly PortBinding[]
  readonly exposedPorts: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** `docker ps` shows neither networks nor addresses: absence proves nothing. */
  readonly complete: boolean
  readonly source: Source
}

/** Reads `docker inspect` of containers. Objects that are no container (images, volumes) are skipped with a note. */
export function readDockerInspect(content: string, file: string): Parsed<DockerContainer> {
  const json = readJson(content, file)
  const facts: DockerContainer[] = []
  const notes = [...json.notes]
  for (const { value, line } of objectsOf(json)) {
    const source = { file, line }
    if (object(value, 'NetworkSettings') || object(value, 'HostConfig') || object(value, 'State')) facts.push(container(value, source))
    else notes.push({ kind: 'not-understood', text: 'not a container as docker inspect shows one', raw: text(value, 'Id') ?? '', source })
  }
  return { facts, notes }
}

function container(value: JsonObject, source: Source): DockerContainer {
  const state = object(value, 'State') ?? {}
  const network = object(value, 'NetworkSettings') ?? {}
  const host = object(value, 'HostConfig') ?? {}
  const config = object(value, 'Config') ?? {}
  const pid = number(state, 'Pid')
  return {
    id: text(value, 'Id') ?? '',
    name: (text(value, 'Name') ?? '').replace(/^\//, ''),
    image: text(config, 'Image') ?? text(value, 'Image'),
    state: text(state, 'Status') ?? (flag(state, 'Running') ? 'running' : undefined),
    run: run(value, state, object(host, 'RestartPolicy') ?? {}),
    pid: pid === 0 ? undefined : pid,
    sandbox: text(network, 'SandboxKey') || undefined,
    hostname: text(config, 'Hostname') || undefined,
    networkMode: text(host, 'NetworkMode'),
    endpoints: endpoints(network),
    ports: bindings(object(network, 'Ports')),
    requestedPorts: bindings(object(host, 'PortBindings')),
    exposedPorts: Object.keys(object(config, 'ExposedPorts') ?? {}),
    labels: labels(object(config, 'Labels')),
    complete: object(value, 'NetworkSettings') !== undefined,
    source,
  }
}

function run(value: JsonObject, state: JsonObject, policy: JsonObject): ContainerRun {
  const ended = text(state, 'Status') !== 'running' && !(text(state, 'Status') === undefined && flag(state, 'Running'))
  const time = (key: string): string | undefined => {
    const found = text(state, key)
    return found === undefined || found.startsWith('0001-') ? undefined : found
  }
  return {
    exitCode: ended ? number(state, 'ExitCode') : undefined,
    error: text(state, 'Error') || undefined,
    outOfMemory: flag(state, 'OOMKilled'),
    restarts: number(value, 'RestartCount'),
    restartPolicy: text(policy, 'Name') || undefined,
    health: text(object(state, 'Health') ?? {}, 'Status') || undefined,
    startedAt: time('StartedAt'),
    finishedAt: ended ? time('FinishedAt') : undefined,
  }
}

function endpoints(network: JsonObject): readonly ContainerEndpoint[] {
  const networks = object(network, 'Networks')
  if (!networks) {
    // Docker before 1.9 had the default bridge's values at the top only.
    const found = endpoint('bridge', network)
    return found.addresses.length > 0 ? [found] : []
  }
  return Object.entries(networks).flatMap(([name, value]) => (isObject(value) ? [endpoint(name, value)] : []))
}

function endpoint(name: string, value: JsonObject): ContainerEndpoint {
  const given = [text(value, 'IPAddress'), text(value, 'GlobalIPv6Address')]
  return {
    network: name,
    networkId: text(value, 'NetworkID') || undefined,
    addresses: given.flatMap((address) => parseAddress(address ?? '') ?? []),
    mac: text(value, 'MacAddress') || undefined,
    gateway: parseAddress(text(value, 'Gateway') ?? ''),
    gateway6: parseAddress(text(value, 'IPv6Gateway') ?? ''),
    aliases: list(value, 'Aliases').filter((alias) => typeof alias === 'string'),
  }
}

/** `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "443/tcp": null}`; null: exposed, not published. */
function bindings(ports: JsonObject | undefined): readonly PortBinding[] {
  const out: PortBinding[] = []
  for (const [key, value] of Object.entries(ports ?? {})) {
    const [port = '', protocol = 'tcp'] = key.split('/')
    if (!Array.isArray(value) || !/^\d+$/.test(port)) continue
    for (const binding of value) {
      const hostPort = isObject(binding) ? number(binding, 'HostPort') : undefined
      if (!isObject(binding) || hostPort === undefined) continue
      out.push({ hostAddress: parseAddress(text(binding, 'HostIp') ?? ''), hostPort, containerPort: Number(port), protocol })
    }
  }
  return out
}

export const labels = (from: JsonObject | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(from ?? {}).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])))
