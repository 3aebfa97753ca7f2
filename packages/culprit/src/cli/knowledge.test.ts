import { expand, type OwnerBook } from '@culprit/core/netfilter/owners/book'
import { expect, test } from 'vitest'
import { loadOwners } from './knowledge.ts'

const book = loadOwners()
const patternsOf = ({ owners }: OwnerBook) =>
  owners.flatMap((owner) =>
    (['tables', 'chains', 'sets', 'rules'] as const).flatMap((kind) => owner[kind].map((pattern) => ({ id: owner.id, kind, pattern }))),
  )

test('owners.yaml keeps to its schema', () => {
  expect(book.owners.length).toBeGreaterThan(30)
  expect(book.builtin.id).toBe('kernel')
  expect(book.administrator.id).toBe('administrator')
})

test('what a purpose puts in is a named part of its pattern', () => {
  for (const { id, pattern } of patternsOf(book))
    for (const [, part] of pattern.purpose.matchAll(/\{(\w+)\}/g))
      expect(pattern.match, `${id}: ${pattern.purpose}`).toContain(`(?<${part}>`)
})

test('no pattern takes long on a hostile name', () => {
  const hostile = ['a', '-', '_', '.', ' ', '"', 'IN_', '-i br-0 ', ' --comment x', 'neutron-a-i', 'name: "'].map((text) =>
    text.repeat(2000).slice(0, 4000),
  )
  for (const { id, pattern } of patternsOf(book)) {
    const regex = new RegExp(`^(?:${expand(pattern.match, [])})$`, 's')
    const start = performance.now()
    for (const text of hostile) regex.test(text)
    expect(performance.now() - start, `${id}: ${pattern.match}`).toBeLessThan(500)
  }
})

const ownerOf = (kind: 'tables' | 'chains' | 'sets', name: string, table: string): string | undefined =>
  patternsOf(book).find(
    ({ kind: of, pattern }) =>
      of === kind &&
      new RegExp(`^(?:${expand(pattern.match, [])})$`).test(name) &&
      (pattern.table === undefined || new RegExp(`^(?:${pattern.table})$`).test(table)),
  )?.id

test.each([
  ['DOCKER', 'nat', 'docker'],
  ['DOCKER-ISOLATION-STAGE-2', 'filter', 'docker'],
  ['DOCKER-INGRESS', 'nat', 'docker'],
  ['filter-forward-in__br-0123456789ab', 'docker-bridges', 'docker'],
  ['KUBE-SVC-NPX46M4PTMTKRN6Y', 'nat', 'kube-proxy'],
  ['KUBE-SEP-2C9D3D591F427328', 'nat', 'kube-proxy'],
  ['KUBE-EXTERNAL-SERVICES', 'filter', 'kube-proxy'],
  ['KUBE-NODE-PORT', 'nat', 'kube-proxy'],
  ['endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80', 'kube-proxy', 'kube-proxy'],
  ['KUBE-FIREWALL', 'filter', 'kubelet'],
  ['KUBE-KUBELET-CANARY', 'mangle', 'kubelet'],
  ['KUBE-ROUTER-FORWARD', 'filter', 'kube-router'],
  ['KUBE-POD-FW-XXXXXXXXXXXXXXX2', 'filter', 'kube-router'],
  ['KUBE-NWPLCY-DEFAULT', 'filter', 'kube-router'],
  ['cali-tw-cali0123456789a', 'filter', 'calico'],
  ['cali-pi-_fj4hCTfnLxXfX6v', 'filter', 'calico'],
  ['FLANNEL-POSTRTG', 'nat', 'flannel'],
  ['CNI-DN-fc2f8fdeef03661f52c7b', 'nat', 'cni-portmap'],
  ['CNI-3b9f8a7c6d5e4f3a2b1c0d9e', 'nat', 'cni-bridge'],
  ['CNI-ADMIN', 'filter', 'cni-firewall'],
  ['CILIUM_POST_nat', 'nat', 'cilium'],
  ['OLD_CILIUM_FORWARD', 'filter', 'cilium'],
  ['IN_public_allow', 'filter', 'firewalld'],
  ['FWDI_public', 'filter', 'firewalld'],
  ['FORWARD_IN_ZONES_SOURCE', 'filter', 'firewalld'],
  ['filter_IN_policy_allow-host-ipv6_allow', 'firewalld', 'firewalld'],
  ['ufw-user-input', 'filter', 'ufw'],
  ['ufw6-before-logging-forward', 'filter', 'ufw'],
  ['ts-postrouting', 'nat', 'tailscale'],
  ['LIBVIRT_FWI', 'filter', 'libvirt'],
  ['fwd.lxdbr0', 'lxd', 'lxd'],
  ['NETAVARK-1D8721804F16F', 'nat', 'netavark'],
  ['NETAVARK_FORWARD', 'filter', 'netavark'],
  ['nv_2f259bab_10_88_0_0_nm16_dnat', 'netavark', 'netavark'],
  ['ISTIO_IN_REDIRECT', 'nat', 'istio'],
  ['PROXY_INIT_REDIRECT', 'nat', 'linkerd'],
  ['f2b-sshd', 'filter', 'fail2ban'],
  ['fail2ban-ssh', 'filter', 'fail2ban'],
  ['WEAVE-NPC-INGRESS', 'filter', 'weave'],
  ['ANTREA-FORWARD', 'filter', 'antrea'],
  ['OVN-POSTROUTING', 'nat', 'kube-ovn'],
  ['neutron-openvswi-i1234abcd-5', 'filter', 'openstack'],
  ['RH-Firewall-1-INPUT', 'filter', 'distribution'],
  ['my-own-chain', 'filter', undefined],
])('chain %s of table %s is of %s', (name, table, owner) => {
  expect(ownerOf('chains', name, table)).toBe(owner)
})

test.each([
  ['KUBE-CLUSTER-IP', 'kube-proxy'],
  ['KUBE-SRC-XXXXXXXXXXXXXXX2', 'kube-router'],
  ['inet6:kube-router-pod-subnets', 'kube-router'],
  ['cali40masq-ipam-pools', 'calico'],
  ['cali40s:_fj4hCTfnLxXfX6v3Dyw', 'calico'],
  ['f2b-sshd', 'fail2ban'],
  ['weave-local-pods', 'weave'],
  ['ovn40services', 'kube-ovn'],
  ['NIPv4e4c5b6d7-1234', 'openstack'],
  ['blocklist', undefined],
])('ipset %s is of %s', (name, owner) => {
  expect(ownerOf('sets', name, '')).toBe(owner)
})

test.each([
  ['docker-bridges', 'docker'],
  ['kube-proxy', 'kube-proxy'],
  ['firewalld', 'firewalld'],
  ['netavark', 'netavark'],
  ['libvirt_network', 'libvirt'],
  ['f2b-table', 'fail2ban'],
  ['mine', undefined],
])('native table %s is of %s', (name, owner) => {
  expect(ownerOf('tables', name, name)).toBe(owner)
})
