import { expect, test } from 'vitest'
import { readDocuments } from '../intake/documents.ts'
import { readOwners } from '../netfilter/owners/book.ts'
import { composePlan } from './compose.ts'
import { readSshConnection } from './guards.ts'
import { type Plan, standing } from './plan.ts'
import { changedParts, stateOf } from './state.ts'
import { wordsOf } from './words.ts'

const { book } = readOwners({ owners: [], administrator: { id: 'administrator', name: 'an administrator' } })
const FILES = {
  'iptables-save.txt':
    '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8081\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n',
  'ip-addr.txt':
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    inet 127.0.0.1/8 scope host lo\n2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:00:00:00:00:01\n    inet 192.0.2.10/24 scope global eth0\n',
  'ip-route.txt': 'default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10\n',
  'ip-neigh.txt': '192.0.2.1 dev eth0 lladdr 02:00:00:00:00:fe REACHABLE\n',
  'sysctl.txt': 'net.ipv4.ip_forward = 0\n',
  'ss.txt': 'tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n',
}
const documentsOf = (files: Readonly<Record<string, string>>) =>
  readDocuments(Object.entries(files).map(([file, text]) => ({ path: `hosts/h/${file}`, text, root: '' })))

function planFor(lines: readonly string[], ssh?: string): Plan {
  const plan = composePlan(documentsOf(FILES), {
    id: 'p-1',
    title: 't',
    origin: { kind: 'commands', id: 'commands' },
    target: { host: 'h', netns: '' },
    drafts: lines.map((line) => ({ command: wordsOf(line) ?? [], why: 'w' })),
    criteria: [],
    state: {},
    timer: 60,
    session: readSshConnection(ssh),
    book,
  })
  if ('kind' in plan) throw new Error(plan.why)
  return plan
}
const guard = (plan: Plan, id: string) => plan.guards.find((one) => one.id === id)?.status
const SSH = '198.51.100.7 50022 192.0.2.10 22'

test('the own SSH session must live on', () => {
  expect(guard(planFor(['iptables -t nat -D PREROUTING 1'], SSH), 'ssh-session')).toBe('holds')
  expect(guard(planFor(['iptables -I INPUT 1 -p tcp --dport 22 -j DROP'], SSH), 'ssh-session')).toBe('fails')
  expect(guard(planFor(['ip route del default'], SSH), 'ssh-session')).toBe('fails')
  expect(guard(planFor(['ip link set eth0 down'], SSH), 'ssh-session')).toBe('fails')
  expect(readSshConnection('nonsense')).toBeUndefined()
})

test('each step is judged in the state that those before it leave', () => {
  const { steps } = planFor(['iptables -I INPUT 1 -i eth0 -j ACCEPT', 'iptables -D INPUT 2', 'ip route replace default via 192.0.2.2'])
  expect(steps.map(({ undo }) => undo.join(' '))).toEqual([
    'iptables -w 10 -t filter -D INPUT -i eth0 -j ACCEPT',
    'iptables -w 10 -t filter -I INPUT 2 -i lo -j ACCEPT',
    'ip route replace default via 192.0.2.1 dev eth0',
  ])
})

test('what nothing takes back must be accepted by name; a restart needs no undo', () => {
  const plan = planFor(['frobnicate --all', 'systemctl restart docker'])
  expect(standing(plan.guards, []).map(({ id }) => id)).toEqual(['undo-1'])
  expect(standing(plan.guards, ['undo-1'])).toEqual([])
  expect(plan.proof).toBeNull()
})

test('the state is the same however it was captured, and tells which part is another', () => {
  const state = stateOf(documentsOf(FILES), 'h', '', book)
  const json = {
    ...FILES,
    'ip-route.txt': '',
    'ip-route.json':
      '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.10","flags":[]}]',
  }
  const { 'ip-route.txt': _, ...other } = json
  expect(changedParts(state, stateOf(documentsOf(other), 'h', '', book))).toEqual([])
  const counted = { ...FILES, 'iptables-save.txt': FILES['iptables-save.txt'].replaceAll('[0:0]', '[7:700]') }
  expect(changedParts(state, stateOf(documentsOf(counted), 'h', '', book))).toEqual([])
  const changed = {
    ...FILES,
    'iptables-save.txt': FILES['iptables-save.txt'].replace('8081', '8082'),
    'sysctl.txt': 'net.ipv4.ip_forward = 1\n',
  }
  expect(changedParts(state, stateOf(documentsOf(changed), 'h', '', book))).toEqual(['iptables ip nat', 'sysctl net.ipv4.ip_forward'])
})
