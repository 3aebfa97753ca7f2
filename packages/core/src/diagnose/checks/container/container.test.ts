import { describe, expect, it } from 'vitest'
import { cluster, type Files, on, pod, told } from '../testing/bundle.ts'

const dockerContainer = (
  name: string,
  state: string,
  more: {
    readonly mode?: string
    readonly labels?: object
    readonly network?: string
    readonly id?: string
    readonly started?: string
    readonly run?: object
    readonly policy?: string
  } = {},
) => ({
  Id: (more.id ?? name).padEnd(64, '0'),
  Name: `/${name}`,
  State: { Status: state, Running: state === 'running', StartedAt: more.started ?? '2026-11-21T08:00:00Z', ...more.run },
  HostConfig: { NetworkMode: more.mode ?? 'shop_default', RestartPolicy: { Name: more.policy ?? 'no' } },
  Config: { Image: 'nginx', Labels: more.labels ?? {} },
  NetworkSettings: {
    Networks: more.mode ? {} : { [more.network ?? 'shop_default']: { IPAddress: state === 'running' ? '172.18.0.2' : '', NetworkID: 'n' } },
  },
})

const containers = (...all: readonly object[]): Files => on('n1', { 'docker/inspect.json': JSON.stringify(all) })

const compose = (serviceName: string, dependsOn = '') => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': serviceName,
  'com.docker.compose.depends_on': dependsOn,
})

const catalogue = (tags: readonly string[]): Files => ({
  'registry/10.0.0.1:5000/catalog.json': '{"repositories":["redis","nginx"]}',
  'registry/10.0.0.1:5000/redis.json': JSON.stringify({ name: 'redis', tags }),
})

type Story = readonly [check: string, story: string, files: Files, expected: readonly string[] | string | RegExp]

const STORIES: readonly Story[] = [
  [
    'container-network-owner',
    'the owner has ended',
    containers(
      dockerContainer('pause', 'exited', { id: '8a4092ea2176' }),
      dockerContainer('app', 'exited', { mode: 'container:8a4092ea2176' }),
    ),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner is gone',
    containers(dockerContainer('app', 'exited', { mode: 'container:ffffffffffff' })),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner was restarted since',
    containers(
      dockerContainer('pause', 'running', { id: '8a4092ea2176', started: '2026-11-21T09:00:00Z' }),
      dockerContainer('app', 'running', { mode: 'container:8a4092ea2176' }),
    ),
    ['error container.netns-owner n1 container app'],
  ],
  [
    'container-network-owner',
    'the owner runs',
    containers(
      dockerContainer('pause', 'running', { id: '8a4092ea2176', started: '2026-11-21T07:00:00Z' }),
      dockerContainer('app', 'running', { mode: 'container:8a4092ea2176' }),
    ),
    'passed',
  ],
  [
    'compose-dependencies',
    'the database has ended',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'mongo:service_started:false') }),
      dockerContainer('mongo', 'exited', { labels: compose('mongo'), run: { ExitCode: 1 } }),
    ),
    ['error container.dependency n1 container api'],
  ],
  [
    'compose-dependencies',
    'the database is in another network',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'mongo:service_started:false') }),
      dockerContainer('mongo', 'running', { labels: compose('mongo'), network: 'other' }),
    ),
    ['error container.network-mode n1 container api'],
  ],
  [
    'compose-dependencies',
    'as the compose file says',
    {
      ...containers(
        dockerContainer('api', 'running', { labels: { ...compose('api'), 'com.docker.compose.depends_on': '' } }),
        dockerContainer('mongo', 'exited', { labels: compose('mongo'), run: { ExitCode: 137 } }),
      ),
      ...on('n1', {
        'files/opt/shop/compose.yaml': 'services:\n  api:\n    image: api\n    depends_on: [mongo]\n  mongo:\n    image: mongo\n',
      }),
    },
    ['error container.dependency n1 container api'],
  ],
  [
    'compose-dependencies',
    'a migration that has done its work',
    containers(
      dockerContainer('api', 'running', { labels: compose('api', 'migrate:service_completed_successfully:false') }),
      dockerContainer('migrate', 'exited', { labels: compose('migrate'), run: { ExitCode: 0 } }),
    ),
    'passed',
  ],
  [
    'container-states',
    'restarts again and again',
    containers(dockerContainer('web', 'restarting', { run: { ExitCode: 1 } })),
    ['error app.crash n1 container web'],
  ],
  [
    'container-states',
    'its port is taken',
    containers(
      dockerContainer('web', 'created', {
        run: { Error: 'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated' },
      }),
    ),
    ['error host.port-conflict n1 container web'],
  ],
  ['container-states', 'ended as it was meant to', containers(dockerContainer('web', 'exited', { run: { ExitCode: 0 } })), 'passed'],
  [
    'image-in-registry',
    'a tag that is not there',
    { ...catalogue(['1.1.0']), ...cluster(pod('redis', { image: '10.0.0.1:5000/redis:1.2.0' })) },
    ['error image.missing 10.0.0.1:5000/redis:1.2.0'],
  ],
  [
    'image-in-registry',
    'an image that is not there',
    { ...catalogue([]), ...cluster(pod('mongo', { image: '10.0.0.1:5000/mongo:4' })) },
    ['error image.missing 10.0.0.1:5000/mongo:4'],
  ],
  [
    'image-in-registry',
    'it is there',
    { ...catalogue(['1.2.0']), ...cluster(pod('redis', { image: '10.0.0.1:5000/redis:1.2.0' })) },
    'passed',
  ],
  [
    'image-in-registry',
    'another registry is asked',
    { ...catalogue(['1.2.0']), ...cluster(pod('redis', { image: 'quay.io/redis:9' })) },
    /^skipped/,
  ],
]

describe('containers and images', () => {
  it.each(STORIES)('%s: %s', (check, _story, files, expected) => {
    const found = told(check, files)
    if (expected instanceof RegExp) expect(found).toMatch(expected)
    else expect(found).toEqual(expected)
  })
})
