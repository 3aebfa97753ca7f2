import { expect, test } from 'vitest'
import { kube, type Story, suspicions } from '../testing/scene.ts'
import { dnsConfig } from './dns-config.ts'
import { dnsUnreachable } from './dns-unreachable.ts'

const dns = kube(
  'Service',
  'kube-dns',
  { spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' }, ports: [{ port: 53, protocol: 'UDP' }] } },
  { namespace: 'kube-system' },
)
const coredns = (ready: string) =>
  kube(
    'Pod',
    'coredns-1',
    { status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] } },
    { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  )
const corefile = (forward: string, zone = 'cluster.local') =>
  kube(
    'ConfigMap',
    'coredns',
    { data: { Corefile: `.:53 {\n    errors\n    kubernetes ${zone} in-addr.arpa ip6.arpa {\n    }\n    ${forward}\n    loop\n}\n` } },
    { namespace: 'kube-system' },
  )
const cluster = (...items: object[]) => ({ 'cluster/all.json': { apiVersion: 'v1', kind: 'List', items } })
const asked = (files: Story['files'] = {}, tried = ['netns/n1/p1 -> 10.96.0.10:53/udp timeout']): Story => ({
  machines: { n1: { devices: 'eth0 192.0.2.11/24' }, 'n1/p1': { devices: 'eth0@n1:veth1 10.244.1.7/24' } },
  files: { ...files },
  tried,
})
const POD = 'hosts/n1/netns/p1/files/etc/resolv.conf'

test.each([
  ['queries get no answer', asked(), ['0.6 DNS']],
  ['its pods are not ready', asked(cluster(dns, coredns('False'))), ['0.8 Service kube-system/kube-dns']],
  [
    'a name does not resolve, and addresses work',
    asked({}, ['netns/n1/p1 -> web.shop no-name', 'netns/n1/p1 -> 192.0.2.11:80/tcp connects']),
    ['0.55 DNS'],
  ],
  ['what fails is no query', asked(cluster(dns, coredns('False')), ['netns/n1/p1 -> 192.0.2.9:80/tcp timeout']), []],
  ['queries are answered', asked({}, ['netns/n1/p1 -> 10.96.0.10:53/udp connects']), []],
])('dns.unreachable: %s', (_, story, expected) => {
  expect(suspicions(dnsUnreachable, story)).toEqual(expected)
})

test.each([
  ['the only nameserver is loopback', asked({ [POD]: 'nameserver 127.0.0.53\n' }), ['0.85 /etc/resolv.conf of p1']],
  ['a former cluster DNS', asked({ [POD]: 'nameserver 10.96.7.7\n', ...cluster(dns) }), ['0.85 /etc/resolv.conf of p1']],
  [
    'another domain than CoreDNS serves',
    asked({
      [POD]: 'search default.svc.corp.local svc.corp.local corp.local\nnameserver 10.96.0.10\n',
      ...cluster(dns, corefile('forward . 192.0.2.53')),
    }),
    ['0.85 /etc/resolv.conf of p1'],
  ],
  ['no nameserver', asked({ [POD]: 'search default.svc.cluster.local\noptions ndots:5\n' }), ['0.8 /etc/resolv.conf of p1']],
  ['CoreDNS forwards to itself', asked(cluster(dns, corefile('forward . 10.96.0.10'))), ['0.9 Corefile of ConfigMap kube-system/coredns']],
  [
    'CoreDNS forwards to a stub resolver of its node, and its pods fail',
    asked({
      'hosts/n1/files/etc/resolv.conf': 'nameserver 127.0.0.53\n',
      ...cluster(dns, corefile('forward . /etc/resolv.conf'), coredns('False')),
    }),
    ['0.8 Corefile of ConfigMap kube-system/coredns'],
  ],
  [
    'CoreDNS forwards nowhere, and a name outside is asked for',
    asked(cluster(dns, corefile('cache 30')), ['netns/n1/p1 -> example.org no-name']),
    ['0.8 Corefile of ConfigMap kube-system/coredns'],
  ],
])('dns.config: %s', (_, story, expected) => {
  expect(suspicions(dnsConfig, story)).toEqual(expected)
})

test.each([
  [
    'the cluster DNS and its domain',
    asked({
      [POD]: 'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
      ...cluster(dns, corefile('forward . /etc/resolv.conf')),
      'hosts/n1/files/etc/resolv.conf': 'nameserver 192.0.2.53\n',
    }),
  ],
  ['Docker’s own resolver', asked({ [POD]: 'nameserver 127.0.0.11\noptions ndots:0\n' })],
  ['NodeLocal DNSCache', asked({ [POD]: 'nameserver 169.254.20.10\n', ...cluster(dns) })],
  ['the stub resolver of a host without cluster', asked({ 'hosts/n1/files/etc/resolv.conf': 'nameserver 127.0.0.53\n' })],
])('dns.config: not with %s', (_, story) => {
  expect(suspicions(dnsConfig, story)).toEqual([])
})
