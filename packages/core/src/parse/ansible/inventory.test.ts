import { expect, test } from 'vitest'
import { parseInventory } from './inventory.ts'
import { namesOf } from './ranges.ts'

const INI = `
gateway ansible_host=192.0.2.1   # not in a group

[masters]
mas[1:3]-2[14:16] ansible_user=root
[kube_node]
el[01:03] ansible_host="10.0.0.9" note='two words'
db-[a:c].example.com
[k8s_cluster:children]
masters
kube_node
[k8s_cluster:vars]
kube_network_plugin=calico
kube_apiserver_port = 8443 # behind the proxy
[kube_node:vars]
kube_network_plugin="flannel"
`

const YAML = `
all:
  vars: { kube_network_plugin: calico }
  children:
    k8s_cluster:
      children:
        masters:
          hosts:
            mas1: { ansible_host: 192.0.2.1, keepalived: true }
        kube_node:
          vars: { kube_network_plugin: flannel }
          hosts:
            el[01:02]:
`

test('ranges count with their zeros, by steps and by letters', () => {
  expect(namesOf('n[08:10]')).toEqual(['n08', 'n09', 'n10'])
  expect(namesOf('n[1:9:4]-x[a:b]')).toEqual(['n1-xa', 'n1-xb', 'n5-xa', 'n5-xb', 'n9-xa', 'n9-xb'])
  expect(namesOf('n[9:1]')).toBeUndefined()
  expect(namesOf('n[1:999999999]')).toBeUndefined()
  expect(namesOf('n[1')).toBeUndefined()
})

test('ini: groups of groups, ranges, and a child that overrules its parent', () => {
  const { hosts, problems } = parseInventory(INI)
  expect(problems).toEqual([])
  expect(hosts).toHaveLength(1 + 9 + 3 + 3)
  const el = hosts.find(({ name }) => name === 'el02')
  expect([...(el?.groups ?? [])].sort()).toEqual(['k8s_cluster', 'kube_node'])
  expect(el?.variables).toEqual({
    kube_network_plugin: 'flannel',
    kube_apiserver_port: '8443',
    ansible_host: '10.0.0.9',
    note: 'two words',
  })
  expect(hosts.find(({ name }) => name === 'mas2-215')?.variables.kube_network_plugin).toBe('calico')
})

test('YAML says the same', () => {
  const { hosts, problems } = parseInventory(YAML)
  expect(problems).toEqual([])
  expect(hosts.map(({ name }) => name)).toEqual(['mas1', 'el01', 'el02'])
  expect(hosts[0]?.variables).toEqual({ kube_network_plugin: 'calico', ansible_host: '192.0.2.1', keepalived: 'true' })
  expect([...(hosts[1]?.groups ?? [])]).toEqual(['all', 'k8s_cluster', 'kube_node'])
  expect(hosts[1]?.variables.kube_network_plugin).toBe('flannel')
})

test('hosts.yaml: roles are groups', () => {
  const { hosts } = parseInventory(
    'hosts:\n  - { name: n1, address: 192.0.2.1, roles: [control-plane, node] }\n  - { name: n2, roles: [node] }\nvars: { cni: flannel }\n',
  )
  expect(hosts.map(({ name, groups }) => [name, [...groups]])).toEqual([
    ['n1', ['all', 'control-plane', 'node']],
    ['n2', ['all', 'node']],
  ])
  expect(hosts[0]?.variables).toEqual({ cni: 'flannel', ansible_host: '192.0.2.1' })
})

test('hostile text ends as problems', () => {
  for (const text of [
    '[a:children\n',
    '[a]\n[[[[',
    'all: [',
    '[a:children]\na\n[a]\nh\n',
    'x'.repeat(100_000),
    '[g]\nh[1:2][1:2][1:99999]',
  ])
    expect(() => parseInventory(text)).not.toThrow()
})
