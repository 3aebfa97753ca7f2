import { expect, test } from 'vitest'
import { kube, suspicions } from '../testing/scene.ts'
import { appCrash } from './app-crash.ts'

const pod = (status: object) =>
  kube('Pod', 'web', { spec: { nodeName: 'n1', containers: [{ name: 'c' }] }, status }, { labels: { app: 'web' } })
const SERVICE = kube('Service', 'web', { spec: { clusterIP: '10.96.0.20', selector: { app: 'web' }, ports: [{ port: 80 }] } })
const crashing = pod({
  phase: 'Running',
  podIP: '10.244.1.7',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'c',
      ready: false,
      restartCount: 7,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
      lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
    },
  ],
})
const inspect = (container: object) => ({
  'hosts/h/docker/inspect.json': [{ Id: 'aaaaaaaaaaaaaaaa', Name: '/web', NetworkSettings: {}, ...container }],
})

test.each([
  [
    'a pod in CrashLoopBackOff, asked for itself',
    { tried: ['host/n1 -> pod/default/web:80/tcp refused'], files: { 'cluster/pods.json': crashing } },
    ['0.9 Pod default/web'],
  ],
  [
    'the same, asked for through the Service that selects it',
    { tried: ['host/n1 -> 10.96.0.20:80/tcp refused'], files: { 'cluster/pods.json': crashing, 'cluster/services.json': SERVICE } },
    ['0.9 Pod default/web'],
  ],
  [
    'what fails leads elsewhere',
    { tried: ['host/n1 -> 192.0.2.9:443/tcp timeout'], files: { 'cluster/pods.json': crashing } },
    ['0.3 Pod default/web'],
  ],
  [
    'a row of kubectl get pods',
    { files: { 'pods.txt': 'NAME   READY   STATUS             RESTARTS   AGE\nweb    0/1     CrashLoopBackOff   7          10m\n' } },
    ['0.9 Pod default/web'],
  ],
  [
    'a container that has exited with an error',
    {
      tried: ['outside -> 192.0.2.1:8080/tcp refused'],
      files: inspect({ State: { Status: 'exited', ExitCode: 1 }, HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } } }),
    },
    ['0.9 container web'],
  ],
  [
    'a container that was stopped, and is needed',
    { tried: ['outside -> container/web:80/tcp timeout'], files: inspect({ State: { Status: 'exited', ExitCode: 0 } }) },
    ['0.8 container web'],
  ],
])('found: %s', (_, story, expected) => {
  expect(suspicions(appCrash, story)).toEqual(expected)
})

test('a container that ended, and nobody asks for: an error is worth a look, a stop is none', () => {
  const ended = (ExitCode: number, more: object = {}) => ({ files: inspect({ State: { Status: 'exited', ExitCode }, ...more }) })
  expect(suspicions(appCrash, ended(1))).toEqual(['0.5 container web'])
  expect(suspicions(appCrash, ended(1, { RestartCount: 5 }))).toEqual(['0.9 container web'])
  expect(suspicions(appCrash, ended(137))).toEqual([])
  expect(suspicions(appCrash, ended(143))).toEqual([])
})

test.each([
  [
    'a pod that is ready',
    {
      files: {
        'cluster/pods.json': pod({
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [{ name: 'c', ready: true, restartCount: 1, lastState: { terminated: { exitCode: 1 } } }],
        }),
      },
    },
  ],
  [
    'a pod whose image cannot be pulled',
    {
      files: {
        'cluster/pods.json': pod({
          phase: 'Pending',
          containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff' } } }],
        }),
      },
    },
  ],
  [
    'a job that is done',
    {
      files: {
        'cluster/pods.json': pod({
          phase: 'Succeeded',
          containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
        }),
      },
    },
  ],
  [
    'a container that was stopped, and nobody asks for',
    { tried: ['outside -> 192.0.2.1:9090/tcp refused'], files: inspect({ State: { Status: 'exited', ExitCode: 0 } }) },
  ],
  ['a container that runs', { files: inspect({ State: { Status: 'running', ExitCode: 0 } }) }],
])('not suspected: %s', (_, story) => {
  expect(suspicions(appCrash, story)).toEqual([])
})
