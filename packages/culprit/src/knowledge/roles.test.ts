import { parseInventory } from '@culprit/core/parse/ansible/inventory'
import { needsOf, portText } from '@culprit/core/repair/firewall/needs'
import { expect, test } from 'vitest'
import { loadRoles } from './roles.ts'

const book = loadRoles()
const INVENTORY = `[kube_control_plane]
m[1:2]
[kube_node]
w1 ansible_host=192.0.2.11
[registry]
w1
[m:vars]
[all:vars]
kube_network_plugin=calico
[kube_control_plane:vars]
keepalived=true
kube_apiserver_port=8443
[named]
m1 ansible_host=192.0.2.1
m2 ansible_host=192.0.2.2
`
const needs = (host: string) =>
  (needsOf(book, parseInventory(INVENTORY), host)?.needs ?? []).map(
    (need) => `${portText(need)} ${need.from === 'everyone' ? 'everyone' : need.sources.join(',')}`,
  )

test('a control plane: the API server on the port that the inventory says, etcd from its peers, VRRP with keepalived, Calico and no flannel', () => {
  expect(needs('m1')).toEqual(
    expect.arrayContaining([
      '8443/tcp everyone',
      '2379-2380/tcp 192.0.2.2',
      'vrrp 192.0.2.2',
      '10250/tcp 192.0.2.2,192.0.2.11',
      '179/tcp 192.0.2.2,192.0.2.11',
      'ipip 192.0.2.2,192.0.2.11',
    ]),
  )
  expect(needs('m1').join()).not.toContain('8472')
})

test('a node: its roles together, and none of the control plane', () => {
  expect(needs('w1')).toEqual(
    expect.arrayContaining(['10250/tcp 192.0.2.1,192.0.2.2', '30000-32767/tcp everyone', '5000/tcp 192.0.2.1,192.0.2.2']),
  )
  expect(needs('w1').join()).not.toContain('2379')
  expect(needsOf(book, parseInventory(INVENTORY), 'w1')?.trusts.map((trust) => trust.interface)).toEqual(['vxlan.calico', 'tunl0'])
})

test('a port names one service in each role, and every condition a variable of the book', () => {
  for (const { id, admits, trusts } of book.roles) {
    for (const { only } of [...admits, ...trusts])
      for (const key of Object.keys(only ?? {})) expect(`${id}: ${Object.keys(book.variables).includes(key)}`).toBe(`${id}: true`)
    const keys = admits.map(({ port, protocol, only }) => `${port}/${protocol} ${JSON.stringify(only)}`)
    expect(keys).toEqual([...new Set(keys)])
  }
})
