import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { readDockerInspect } from './container.ts'
import { readDockerInfo } from './info.ts'
import { readDockerNetworks } from './network.ts'
import { readDockerPs } from './ps.ts'

const ip = (text: string) => parseAddress(text)

const INSPECT = JSON.stringify(
  [
    {
      Id: '64a3f445431e7223',
      State: { Status: 'running', Running: true, Pid: 23213 },
      Name: '/web',
      HostConfig: { NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } },
      Config: { Hostname: '64a3f445431e', Image: 'lab:1', ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b' } },
      NetworkSettings: {
        SandboxKey: '/var/run/docker/netns/34cdc26ca133',
        Ports: {
          '80/tcp': [
            { HostIp: '0.0.0.0', HostPort: '8080' },
            { HostIp: '::', HostPort: '8080' },
          ],
          '443/tcp': null,
        },
        Networks: {
          bridge: {
            NetworkID: 'ed18',
            MacAddress: 'da:66:66:90:82:eb',
            Gateway: '172.17.0.1',
            IPAddress: '172.17.0.2',
            GlobalIPv6Address: '',
            Aliases: null,
          },
        },
      },
    },
  ],
  null,
  1,
)

describe('docker inspect', () => {
  it('shows where a container is and what it publishes', () => {
    const { facts, notes } = readDockerInspect(INSPECT, 'f')
    expect(notes).toEqual([])
    expect(facts).toHaveLength(1)
    expect(facts[0]).toMatchObject({
      id: '64a3f445431e7223',
      name: 'web',
      state: 'running',
      pid: 23213,
      sandbox: '/var/run/docker/netns/34cdc26ca133',
      networkMode: 'bridge',
      endpoints: [{ network: 'bridge', addresses: [ip('172.17.0.2')], mac: 'da:66:66:90:82:eb', gateway: ip('172.17.0.1') }],
      ports: [
        { hostAddress: 0, hostPort: 8080, containerPort: 80, protocol: 'tcp' },
        { hostAddress: 0n, hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      ],
      requestedPorts: [{ hostAddress: undefined, hostPort: 8080 }],
      labels: { a: 'b' },
      complete: true,
      source: { file: 'f', line: 2 },
    })
  })
})

describe('docker ps', () => {
  it('reads the table, in columns or squeezed', () => {
    const table =
      'CONTAINER ID   IMAGE   COMMAND        CREATED        STATUS                    PORTS                                             NAMES\n64a3f445431e   lab:1   "/bin/httpd"   2 hours ago    Up 2 hours (Paused)       0.0.0.0:9000-9001->80-81/tcp, 443/tcp             web\n64a3f445431f   lab:1   "/bin/x"       2 hours ago    Exited (0) 1 hour ago                                                       old\n'
    const { facts } = readDockerPs(table, 'f')
    expect(
      facts.map(({ name, state, ports, source }) => [name, state, ports.map((p) => [p.hostPort, p.containerPort]), source.line]),
    ).toEqual([
      [
        'web',
        'paused',
        [
          [9000, 80],
          [9001, 81],
        ],
        2,
      ],
      ['old', 'exited', [], 3],
    ])
    expect(facts[0]).toMatchObject({ complete: false, exposedPorts: ['443/tcp'] })
  })

  it('reads a JSON object a line', () => {
    const { facts } = readDockerPs(
      '{"ID":"1","Names":"web","Image":"i","State":"running","Networks":"a,b","Ports":"[::]:53->53/udp","Labels":"x=1,y=2"}\n{"ID":"2","Names":"db","State":"exited"}\n',
      'f',
    )
    expect(facts.map(({ name, state, source }) => [name, state, source.line])).toEqual([
      ['web', 'running', 1],
      ['db', 'exited', 2],
    ])
    expect(facts[0]).toMatchObject({ labels: { x: '1', y: '2' }, ports: [{ hostAddress: 0n, hostPort: 53, protocol: 'udp' }] })
    expect(facts[0]?.endpoints.map((e) => e.network)).toEqual(['a', 'b'])
  })
})

describe('docker network', () => {
  it('shows subnets, options and members', () => {
    const { facts } = readDockerNetworks(
      JSON.stringify([
        {
          Name: 'back',
          Id: '0b20fc9292f139e4b1d5',
          Scope: 'local',
          Driver: 'bridge',
          EnableIPv6: false,
          Internal: true,
          IPAM: { Config: [{ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }] },
          Containers: { abc: { Name: 'api', MacAddress: '02:42:ac:12:00:02', IPv4Address: '172.18.0.2/16', IPv6Address: '' } },
          Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.driver.mtu': '1450' },
          Labels: {},
        },
      ]),
      'f',
    )
    expect(facts[0]).toMatchObject({
      bridge: 'br-0b20fc9292f1',
      internal: true,
      icc: false,
      masquerade: true,
      mtu: 1450,
      subnets: [{ subnet: parsePrefix('172.18.0.0/16'), gateway: ip('172.18.0.1') }],
      members: [{ id: 'abc', name: 'api', addresses: [ip('172.18.0.2')] }],
      complete: true,
    })
  })

  it('reads docker network ls', () => {
    const { facts } = readDockerNetworks(
      'NETWORK ID     NAME      DRIVER    SCOPE\n8fcfcd7d6502   bridge    bridge    local\n3e5daa49891a   host      host      local\n',
      'f',
    )
    expect(facts.map(({ name, driver, bridge, complete }) => [name, driver, bridge, complete])).toEqual([
      ['bridge', 'bridge', 'docker0', false],
      ['host', 'host', undefined, false],
    ])
  })
})

describe('docker info and version', () => {
  it('is a tree by indentation', () => {
    const values = readDockerInfo(
      'Client:\n Version:    28.2.2\n\nServer:\n Engine:\n  Version:          28.5.2\n Server Version: 28.5.2\n',
      'f',
    )
    expect(values.get('server.engine.version')).toEqual({ value: '28.5.2', line: 6 })
    expect(values.get('client.version')?.value).toBe('28.2.2')
  })
})

it('readers take anything', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string(),
    fc.json({ maxDepth: 3 }).map((text) => INSPECT.replace('"running"', text)),
  )
  fc.assert(
    fc.property(json, fc.nat(INSPECT.length), (text, cut) => {
      for (const read of [readDockerInspect, readDockerPs, readDockerNetworks, readDockerInfo]) {
        read(text, 'f')
        read(INSPECT.slice(0, cut), 'f')
      }
    }),
  )
})

it('how a container ended: by docker inspect and by the STATUS column', () => {
  const inspect = JSON.stringify([
    {
      Id: 'a1',
      Name: '/web',
      RestartCount: 4,
      State: {
        Status: 'exited',
        Running: false,
        OOMKilled: true,
        ExitCode: 137,
        Error: '',
        StartedAt: '2026-11-21T03:49:36Z',
        FinishedAt: '2026-11-21T03:50:00Z',
      },
      HostConfig: { RestartPolicy: { Name: 'on-failure' } },
    },
  ])
  expect(readDockerInspect(inspect, 'f').facts[0]?.run).toEqual({
    exitCode: 137,
    error: undefined,
    outOfMemory: true,
    restarts: 4,
    restartPolicy: 'on-failure',
    health: undefined,
    startedAt: '2026-11-21T03:49:36Z',
    finishedAt: '2026-11-21T03:50:00Z',
  })
  const ps = `CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS                       PORTS   NAMES
0123456789ab   a       "a"       1h ago    Exited (137) 2 minutes ago           one
1123456789ab   a       "a"       1h ago    Restarting (1) 5 seconds ago         two
2123456789ab   a       "a"       1h ago    Up 3 hours (unhealthy)               three
`
  expect(readDockerPs(ps, 'f').facts.map(({ state, run }) => [state, run?.exitCode, run?.health])).toEqual([
    ['exited', 137, undefined],
    ['restarting', 1, undefined],
    ['running', undefined, 'unhealthy'],
  ])
})
