import { expect, test } from 'vitest'
import { type Story, suspicions } from '../testing/scene.ts'
import { containerDependency } from './container-dependency.ts'
import { containerNetnsOwner } from './container-netns-owner.ts'
import { containerNetworkMode } from './container-network-mode.ts'

const id = (name: string): string => name.padEnd(64, '0')
const container = (
  name: string,
  {
    state = 'running',
    mode = 'bridge',
    networks = ['bridge'],
    started = '2026-11-21T03:00:00Z',
    labels = {},
    ports = {},
    health = '',
  } = {},
) => ({
  Id: id(name),
  Name: `/${name}`,
  State: { Status: state, StartedAt: started, ...(health && { Health: { Status: health } }) },
  HostConfig: { NetworkMode: mode, PortBindings: ports },
  Config: { Labels: labels },
  NetworkSettings: { Networks: Object.fromEntries(networks.map((network) => [network, { IPAddress: '172.18.0.9' }])) },
})
const story = (list: object[], ...tried: string[]): Story => ({ files: { 'hosts/h/docker/inspect.json': list }, tried })
const shares = (name: string, more: object = {}) => container('app', { mode: `container:${name}`, networks: [], ...more })

test.each([
  [
    'its owner has stopped',
    story([shares('vpn'), container('vpn', { state: 'exited' })], 'outside -> container/app:80/tcp timeout'),
    ['0.95 container app'],
  ],
  [
    'its owner was started anew after it',
    story([shares(id('vpn')), container('vpn', { started: '2026-11-21T04:00:00Z' })]),
    ['0.85 container app'],
  ],
  ['its owner is not there', story([shares(id('gone'), { state: 'exited' })]), ['0.6 container app']],
  [
    'what fails leads elsewhere',
    story([shares('vpn'), container('vpn', { state: 'exited' })], 'outside -> 192.0.2.9:80/tcp timeout'),
    ['0.31 container app'],
  ],
  ['its owner runs', story([shares('vpn', { started: '2026-11-21T03:00:01Z' }), container('vpn')]), []],
  ['it has a network of its own', story([container('app'), container('vpn', { state: 'exited' })]), []],
])('container.netns-owner: %s', (_, told, expected) => {
  expect(suspicions(containerNetnsOwner, told)).toEqual(expected)
})

const compose = (service: string, needs = '', more: object = {}) =>
  container(`shop-${service}-1`, {
    ...more,
    networks: ['shop_default'],
    labels: {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': service,
      ...(needs && { 'com.docker.compose.depends_on': needs }),
    },
  })

test.each([
  [
    'what it depends on has ended',
    story([compose('web', 'mongodb:service_started:false'), compose('mongodb', '', { state: 'exited' })]),
    ['0.8 container shop-web-1'],
  ],
  [
    'what it depends on is unhealthy',
    story([compose('web', 'mongodb:service_healthy:false'), compose('mongodb', '', { health: 'unhealthy' })]),
    ['0.8 container shop-web-1'],
  ],
  ['what it depends on runs', story([compose('web', 'mongodb:service_started:false'), compose('mongodb')]), []],
  [
    'a task that has to be done before is done',
    story([compose('web', 'migrate:service_completed_successfully:false'), compose('migrate', '', { state: 'exited' })]),
    [],
  ],
])('container.dependency: %s', (_, told, expected) => {
  expect(suspicions(containerDependency, told)).toEqual(expected)
})

const PORTS = { '80/tcp': [{ HostPort: '8080' }] }

test.each([
  [
    'network none',
    story([container('web', { mode: 'none', networks: ['none'] })], 'outside -> container/web:80/tcp timeout'),
    ['0.85 network of container web'],
  ],
  ['connected to no network', story([container('web', { mode: 'shop', networks: [] })]), ['0.85 network of container web']],
  [
    'a published port on the host’s network',
    story([container('web', { mode: 'host', networks: ['host'], ports: PORTS })], 'outside -> 192.0.2.1:8080/tcp refused'),
    ['0.5 network of container web'],
  ],
  [
    'a name on the default network',
    story([container('web'), container('db')], 'container/web -> db no-name'),
    ['0.9 networks of containers web and db'],
  ],
  [
    'a name on another network',
    story([container('web', { networks: ['front'] }), container('db', { networks: ['back'] })], 'container/web -> db no-name'),
    ['0.9 networks of containers web and db'],
  ],
])('container.network-mode: %s', (_, told, expected) => {
  expect(suspicions(containerNetworkMode, told)).toEqual(expected)
})

test.each([
  [
    'both share a network of their own',
    story([container('web', { networks: ['front', 'shop'] }), container('db', { networks: ['shop'] })], 'container/web -> db no-name'),
  ],
  [
    'network none, and nobody asks for it',
    story([container('web', { mode: 'none', networks: ['none'] })], 'outside -> 192.0.2.9:80/tcp timeout'),
  ],
  [
    'the name resolves: what lies between is another matter',
    story(
      [container('web', { networks: ['front'] }), container('db', { networks: ['back'] })],
      'container/web -> container/db:3306/tcp timeout',
    ),
  ],
])('container.network-mode: not where %s', (_, told) => {
  expect(suspicions(containerNetworkMode, told)).toEqual([])
})
