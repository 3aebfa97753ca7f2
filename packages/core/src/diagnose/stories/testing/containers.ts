import type { Story } from '../../testing/story.ts'

interface Told {
  readonly state?: object
  readonly mode?: string
  readonly networks?: Readonly<Record<string, string>>
  readonly labels?: object
  readonly ports?: object
}

const STARTED = '2026-11-21T03:00:00.000000000Z'

/** A container as `docker inspect` prints it, as far as a diagnosis reads it. */
const container = (name: string, { state = {}, mode = 'shop_default', networks, labels = {}, ports = {} }: Told = {}): object => ({
  Id: name.padEnd(64, '0'),
  Name: `/${name}`,
  State: { Status: 'running', Running: true, ExitCode: 0, Error: '', StartedAt: STARTED, ...state },
  HostConfig: { NetworkMode: mode, PortBindings: ports },
  Config: { Labels: labels },
  NetworkSettings: {
    Networks: Object.fromEntries(
      Object.entries(networks ?? { [mode]: '172.18.0.9' }).map(([network, IPAddress]) => [network, { IPAddress }]),
    ),
  },
})
const engine = (...containers: readonly object[]) => ({ 'hosts/h/docker/inspect.json': containers })
const service = (name: string, needs: string, told: Told = {}): object =>
  container(`shop-${name}-1`, {
    ...told,
    labels: {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': name,
      'com.docker.compose.depends_on': needs,
    },
  })
const PUBLISHED = { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }
const EXITED = { Status: 'exited', Running: false, ExitCode: 1 }

export const CONTAINERS: readonly Story[] = [
  {
    name: 'a container shares the network of one that has stopped',
    causes: ['container.netns-owner'],
    files: engine(container('app', { mode: 'container:vpn', networks: {} }), container('vpn', { state: { ...EXITED, ExitCode: 0 } })),
    tried: 'outside -> container/app:80/tcp',
    symptom: 'timeout',
    near: {
      files: engine(container('app', { mode: 'container:vpn', networks: {} }), container('vpn')),
      tried: 'outside -> container/app:80/tcp',
    },
  },
  {
    name: 'what docker says of it, pasted',
    causes: ['container.netns-owner'],
    status: 'supported',
    files: {
      'notes.md': `After the update the torrent client does not come up:

        \`\`\`
        $ docker restart torrent
        Error response from daemon: Cannot restart container torrent: cannot join network of a non running container: 8a4092ea2176007842ba0fcc53aad736e44ab3581dd0b51a6284e3544f46e36e
        \`\`\``,
    },
    near: {
      files: {
        'notes.md': `After the update the torrent client does not come up:

          \`\`\`
          $ docker restart torrent
          Error response from daemon: No such container: torrent
          \`\`\``,
      },
    },
  },
  {
    name: 'the database that a compose service needs has ended',
    causes: ['container.dependency', 'app.crash'],
    files: {
      ...engine(service('web', 'mongodb:service_started:false'), service('mongodb', '', { state: { ...EXITED, ExitCode: 0 } })),
      'hosts/h/logs/shop-web-1.log': 'WARNING:shop.store:Failed to connect to mongodb, retry in 1 second\n'.repeat(3),
    },
    near: { files: engine(service('web', 'mongodb:service_started:false'), service('mongodb', '')) },
  },
  {
    name: 'a container that asks for its broker in vain, by its log alone',
    causes: ['container.dependency'],
    status: 'supported',
    files: {
      'notes.md': `The workers do nothing since this morning.

        \`\`\`
        $ docker logs --tail 2 shop-worker-1
        Messaging Server Connection error on [rabbitmq]
        Messaging Server Connection error on [rabbitmq]
        \`\`\``,
    },
    near: {
      files: {
        'notes.md': `The workers do nothing since this morning.

          \`\`\`
          $ docker logs --tail 2 shop-worker-1
          Messaging Server connected on [rabbitmq]
          waiting for tasks
          \`\`\``,
      },
    },
  },
  {
    name: 'a container without any network is asked for',
    causes: ['container.network-mode'],
    files: engine(container('web', { mode: 'none', networks: { none: '' }, ports: PUBLISHED })),
    tried: 'outside -> container/web:80/tcp',
    symptom: 'timeout',
    near: {
      files: engine(container('web', { mode: 'none', networks: { none: '' } }), container('db')),
      tried: 'outside -> container/db:80/tcp',
    },
  },
  {
    name: 'a container asks for another by its name on the default network',
    causes: ['container.network-mode'],
    files: {
      ...engine(container('web', { mode: 'bridge' }), container('db', { mode: 'bridge' })),
      'notes.md': `The shop does not start.

        \`\`\`
        $ docker exec web curl -sS http://db:3306/
        curl: (6) Could not resolve host: db
        \`\`\``,
    },
    near: {
      files: {
        ...engine(container('web'), container('db')),
        'notes.md': `The shop does not start.

          \`\`\`
          $ docker exec web curl -sS http://db:3306/
          curl: (7) Failed to connect to db port 3306: Connection refused
          \`\`\``,
      },
    },
  },
  {
    name: 'a compose network that was removed',
    causes: ['container.network-mode'],
    status: 'supported',
    files: { 'notes.md': '```\n$ docker start web\nError response from daemon: network 950409c423f0 not found\n```' },
    near: { files: { 'notes.md': '```\n$ docker start web\nweb\n```' } },
  },
  {
    name: 'the container has exited with an error',
    causes: ['app.crash'],
    files: engine(container('web', { state: EXITED, ports: PUBLISHED })),
    tried: 'outside -> container/web:80/tcp',
    symptom: 'refused',
    near: { files: engine(container('web', { ports: PUBLISHED })), tried: 'outside -> container/web:80/tcp' },
  },
]
