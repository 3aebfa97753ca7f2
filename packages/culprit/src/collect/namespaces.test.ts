import { expect, test } from 'vitest'
import { fileName } from './bundle.ts'
import { findNamespaces, namedOf } from './namespaces.ts'
import { nodeAgents } from './nodes.ts'
import { withoutArguments } from './processes.ts'

const LISTED = `4026531840 /proc/1/ns/net
4026531840 /proc/self/ns/net
4026532001 /run/netns/cni-aaaa
4026532002 /run/docker/netns/6f1c
4026531840 /proc/77/ns/net
4026532001 /proc/100/ns/net
4026532002 /proc/200/ns/net
4026532003 /proc/300/ns/net
`

test('each namespace is found once, and is called as the engine calls it', () => {
  const docker = JSON.stringify([{ Name: '/web', State: { Pid: 200 }, NetworkSettings: { SandboxKey: '/var/run/docker/netns/6f1c' } }])
  const pod = {
    status: { metadata: { name: 'app', namespace: 'shop' } },
    info: { pid: 100, runtimeSpec: { linux: { namespaces: [{ type: 'network', path: '/var/run/netns/cni-aaaa' }] } } },
  }
  expect(findNamespaces(LISTED, namedOf(docker, [pod]))).toEqual([
    { ref: { kind: 'name', name: 'cni-aaaa' }, name: 'shop_app' },
    { ref: { kind: 'path', path: '/run/docker/netns/6f1c' }, name: 'web' },
    { ref: { kind: 'pid', pid: 300 }, name: 'pid-300' },
  ])
})

test('a container in the host network is no namespace, and broken answers name nothing', () => {
  const docker = JSON.stringify([{ Name: '/agent', State: { Pid: 77 } }, { Name: 7 }, null])
  expect(findNamespaces(LISTED, namedOf(docker, [])).map(({ name }) => name)).not.toContain('agent')
  expect(namedOf('[{"Name"', [null, 3, { info: [] }])).toEqual([])
})

test('names from outside are harmless as parts of a path', () => {
  expect(['../../etc', 'a/b', '.', '', 'x\u0000y', 'ä'].map(fileName)).toEqual(['__.._etc', 'a_b', '_', '', 'x_y', '_'])
})

test('nodes are looked at through privileged pods in the host network, best equipped first', () => {
  const pod = (name: string, hostNetwork: boolean, privileged: boolean) => ({
    metadata: { name, namespace: 'kube-system' },
    spec: { nodeName: 'n1', hostNetwork, containers: [{ name: 'c', securityContext: { privileged } }] },
    status: { phase: 'Running' },
  })
  const items = [pod('kube-proxy-x', true, true), pod('app', false, true), pod('etcd', true, false), pod('calico-node-y', true, true)]
  expect(nodeAgents({ items })).toEqual([
    {
      node: 'n1',
      agents: [
        { namespace: 'kube-system', pod: 'calico-node-y', container: 'c' },
        { namespace: 'kube-system', pod: 'kube-proxy-x', container: 'c' },
      ],
    },
  ])
})

test('arguments of programs are taken only where they make networks', () => {
  const before = 'root         812       1  0 09:00 ?        00:00:01 '
  expect(withoutArguments(`${before}/usr/bin/kubelet --node-ip=10.0.0.1`)).toBe(`${before}/usr/bin/kubelet --node-ip=10.0.0.1`)
  expect(withoutArguments(`${before}/usr/bin/mysql -u root -phunter2`)).toBe(`${before}/usr/bin/mysql`)
  expect(withoutArguments('UID          PID    PPID  C STIME TTY          TIME CMD')).toBe(
    'UID          PID    PPID  C STIME TTY          TIME CMD',
  )
})
