import { describe, expect, test } from 'vitest'
import type { Machine } from './testing/machines.ts'
import { BACKENDS, type Rules, save } from './testing/rulesets.ts'
import { engineOfMachines, expectWay } from './testing/story.ts'

const HOST: Machine = {
  devices: 'eth0 192.0.2.10/24 2001:db8::10/64',
  routes: 'default via 192.0.2.1 dev eth0',
  ss: 'tcp LISTEN 0 5 *:80 *:*',
}
const engineWith = (rules: Machine) => engineOfMachines({ h: { ...HOST, ...rules } })
const client = { from: 'outside', host: 'h', iif: 'eth0', src: '203.0.113.5', to: '192.0.2.10:80' }

/** Rules of INPUT and of the chains A, B, C: `drop` is INPUT's policy. */
const input = (policy: string, iptables: string, nft: Readonly<Record<string, string>>): Rules => {
  const { INPUT = '', ...chains } = nft
  const text = Object.entries(chains).map(([name, rules]) => `chain ${name} {\n${rules}\n}`)
  return {
    iptables: `*filter\n:INPUT ${policy.toUpperCase()}\n${iptables}`,
    nft: `table inet filter {\n${text.join('\n')}\nchain INPUT {\ntype filter hook input priority filter; policy ${policy};\n${INPUT}\n}\n}`,
  }
}

describe.each(BACKENDS)('%s', (_, ruleset) => {
  const check = (rules: Rules, ...expected: string[]) => expectWay(engineWith(ruleset(rules)), client, ...expected)

  test('the first rule that decides ends the chain', () => {
    check(
      input('accept', '-A INPUT -p udp -j DROP\n-A INPUT -p tcp -j ACCEPT\n-A INPUT -j DROP', {
        INPUT: 'meta l4proto udp drop\nmeta l4proto tcp accept\ndrop',
      }),
      'delivered rule=filter/INPUT/2 !rule=filter/INPUT/1 !rule=filter/INPUT/3',
    )
  })

  test('the policy decides what no rule did', () => {
    check(
      input('drop', '-A INPUT -p udp -j ACCEPT', { INPUT: 'meta l4proto udp accept' }),
      'dropped policy by=filter/INPUT policy=filter/INPUT timeout',
    )
    check(input('accept', '-A INPUT -p udp -j DROP', { INPUT: 'meta l4proto udp drop' }), 'delivered connects policy=filter/INPUT')
  })

  test('a jump comes back behind itself, at its end or by RETURN', () => {
    check(
      input('drop', '-A INPUT -j A\n-A INPUT -p tcp -j ACCEPT\n-A A -j B\n-A A -p tcp -j RETURN\n-A A -j DROP\n-A B -p udp -j DROP', {
        B: 'meta l4proto udp drop',
        A: 'jump B\nmeta l4proto tcp return\ndrop',
        INPUT: 'jump A\nmeta l4proto tcp accept',
      }),
      'delivered rule=filter/INPUT/1 rule=filter/A/1 rule=filter/A/2 rule=filter/INPUT/2',
    )
  })

  test('a goto comes back where its caller would have', () => {
    check(
      input('accept', '-A INPUT -j A\n-A INPUT -j ACCEPT\n-A A -g B\n-A A -j DROP\n-A B -p tcp -j RETURN\n-A B -j DROP', {
        B: 'meta l4proto tcp return\ndrop',
        A: 'goto B\ndrop',
        INPUT: 'jump A\naccept',
      }),
      'delivered rule=filter/A/1 rule=filter/B/1 rule=filter/INPUT/2 !rule=filter/A/2',
    )
  })

  test('a goto out of the base chain leaves the rest to the policy', () => {
    check(
      input('drop', '-A INPUT -g A\n-A INPUT -j ACCEPT\n-A A -p udp -j ACCEPT', { A: 'meta l4proto udp accept', INPUT: 'goto A\naccept' }),
      'dropped policy rule=filter/INPUT/1 by=filter/INPUT !rule=filter/INPUT/2',
    )
  })

  test('RETURN in the base chain leaves the rest to the policy', () => {
    check(
      input('drop', '-A INPUT -p tcp -j RETURN\n-A INPUT -j ACCEPT', { INPUT: 'meta l4proto tcp return\naccept' }),
      'dropped policy rule=filter/INPUT/1',
    )
  })

  test('a reject tells the sender', () => {
    check(
      input('accept', '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', { INPUT: 'meta l4proto tcp reject with tcp reset' }),
      'rejected refused answer=tcp-reset',
    )
    check(
      input('accept', '-A INPUT -j REJECT --reject-with icmp-host-prohibited', { INPUT: 'reject with icmp host-prohibited' }),
      'rejected unreachable answer=icmp-host-prohibited',
    )
    check(
      input('accept', '-A INPUT -j REJECT --reject-with icmp-port-unreachable', { INPUT: 'reject' }),
      'rejected refused answer=icmp-port-unreachable',
    )
  })

  test('what a rule changes, the next one sees', () => {
    check(input('drop', '-A INPUT -m mark --mark 0x1 -j ACCEPT', { INPUT: 'meta mark 0x1 accept' }), 'dropped')
    const marked = input('drop', '-A INPUT -m mark --mark 0x1 -j ACCEPT', { INPUT: 'meta mark 0x1 accept' })
    check(
      {
        iptables: `*mangle\n-A PREROUTING -p tcp -j MARK --set-xmark 0x1/0xffffffff\n${marked.iptables}`,
        nft: `table ip mangle {\nchain pre {\ntype filter hook prerouting priority mangle; policy accept;\nmeta l4proto tcp meta mark set 0x1\n}\n}\n${marked.nft}`,
      },
      'delivered mark=0x1 rule=filter/INPUT/1',
    )
  })

  test('random choices fork with their probabilities, which add up to 1', () => {
    const third = (last: string) =>
      `-A INPUT -m statistic --mode random --probability 0.25000000000 -j A\n-A INPUT -m statistic --mode random --probability 0.50000000000 -j B\n-A INPUT -j ${last}`
    const outcomes = check(
      input('drop', `${third('ACCEPT')}\n-A A -j DROP\n-A B -j REJECT --reject-with icmp-port-unreachable`, {
        A: 'drop',
        B: 'reject',
        INPUT: 'numgen random mod 1000 < 250 jump A\nnumgen random mod 2 < 1 jump B\naccept',
      }),
      'dropped p=0.25 rule=filter/A/1',
      'rejected p=0.375 rule=filter/B/1',
      'delivered p=0.375 rule=filter/INPUT/3',
    )
    expect(outcomes.reduce((sum, { probability }) => sum + (probability ?? Number.NaN), 0)).toBeCloseTo(1)
  })

  test('a choice that makes no difference is none', () => {
    check(
      input('accept', '-A INPUT -m statistic --mode random --probability 0.50000000000 -j A\n-A A -p udp -j DROP', {
        A: 'meta l4proto udp drop',
        INPUT: 'numgen random mod 2 < 1 jump A',
      }),
      'delivered p=1',
    )
  })

  test('a rate limit is taken to be kept, and the answer says so', () => {
    check(
      input('drop', '-A INPUT -m limit --limit 10/sec -j ACCEPT', { INPUT: 'limit rate 10/second accept' }),
      'delivered assumes=limit p=1',
    )
  })

  test('a chain that is not there is missing, not empty', () => {
    check(input('accept', '-A INPUT -p tcp -j NOT-HERE', { INPUT: 'meta l4proto tcp jump NOT-HERE' }), 'unknown missing-evidence')
    check(input('accept', '-A INPUT -p udp -j NOT-HERE', { INPUT: 'meta l4proto udp jump NOT-HERE' }), 'delivered')
  })

  test('chains that call each other in a circle come to an end', () => {
    check(input('accept', '-A INPUT -j A\n-A A -j B\n-A B -j A', { A: 'jump B', B: 'jump A', INPUT: 'jump A' }), 'unknown missing-evidence')
    check(input('accept', '-A INPUT -j A\n-A A -g B\n-A B -g A', { A: 'goto B', B: 'goto A', INPUT: 'jump A' }), 'unknown missing-evidence')
    check(input('accept', '-A INPUT -j INPUT', { INPUT: 'jump INPUT' }), 'unknown missing-evidence')
  })

  test('many rules that depend on missing evidence end as unknown, and soon', () => {
    const rules = Array.from({ length: 40 }, (_, i) => i)
    check(
      input(
        'accept',
        rules
          .map((i) => `-A INPUT -m recent --rcheck --name r${i} --rsource -j MARK --set-xmark ${1 << (i % 20)}/${1 << (i % 20)}`)
          .join('\n'),
        {
          INPUT: rules.map((i) => `ip saddr @missing${i} meta mark set mark or ${1 << (i % 20)}`).join('\n'),
        },
      ),
      'unknown missing-evidence',
    )
  })
})

describe('what is not understood', () => {
  const OPAQUE = '-A INPUT -p tcp -m wonder --strange 1 -j DROP\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT'
  test('a match that nobody knows forks the way of those it may be about', () => {
    const engine = engineWith({ iptables: save(`*filter\n:INPUT DROP\n${OPAQUE}`) })
    expectWay(engine, client, 'dropped p=unknown rule=filter/INPUT/1', 'delivered p=unknown rule=filter/INPUT/2')
    expectWay(engine, { ...client, to: '192.0.2.10:53/udp' }, 'dropped policy p=1')
  })

  test('it makes no difference where the next rule says the same', () => {
    const engine = engineWith({ iptables: save(`*filter\n:INPUT DROP\n${OPAQUE.replace('DROP', 'ACCEPT')}`) })
    expectWay(engine, client, 'delivered p=1 !missing=iptables-save.txt')
  })

  test('a target that nobody knows is the end of what can be said', () => {
    const engine = engineWith({ iptables: save('*filter\n-A INPUT -p tcp -j WONDER --strange 1\n-A INPUT -p udp -j ACCEPT') })
    expectWay(engine, client, 'unknown missing-evidence')
    expectWay(engine, { ...client, to: '192.0.2.10:53/udp' }, 'delivered')
  })

  test('an option that is not understood makes the rule doubtful', () => {
    const engine = engineWith({ iptables: save('*filter\n-A INPUT -p tcp -m tcp --dport 80 --wonder 7 -j DROP') })
    expectWay(engine, client, 'dropped p=unknown', 'delivered p=unknown')
  })

  test('statistic --mode nth depends on a counter', () => {
    const engine = engineWith({ iptables: save('*filter\n-A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP') })
    expectWay(engine, client, 'dropped p=unknown', 'delivered p=unknown')
  })

  test('a list without -v hides the interfaces', () => {
    const text =
      'Chain INPUT (policy DROP)\ntarget     prot opt source               destination\nACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:80\n\nChain FORWARD (policy ACCEPT)\ntarget     prot opt source               destination\n\nChain OUTPUT (policy ACCEPT)\ntarget     prot opt source               destination\n'
    const engine = engineWith({ iptables: text })
    expectWay(engine, client, 'delivered p=unknown', 'dropped p=unknown')
    expectWay(engine, { ...client, to: '192.0.2.10:81' }, 'dropped policy p=1')
  })
})

describe('sets', () => {
  const SETS =
    'create web hash:ip,port family inet hashsize 1024 maxelem 65536\nadd web 203.0.113.5,tcp:80\ncreate nets hash:net family inet hashsize 1024 maxelem 65536\nadd nets 203.0.113.0/24\nadd nets 203.0.113.5 nomatch\ncreate both list:set size 8\nadd both nets\nadd both web\n'
  const drops = (match: string, ipset?: string) =>
    engineWith({ iptables: save(`*filter\n-A INPUT ${match} -j DROP`), ...(ipset === undefined ? {} : { ipset }) })

  test.each([
    ['-m set --match-set web src,dst', true],
    ['-m set --match-set web dst,src', false],
    ['-m set ! --match-set web src,dst', false],
    ['-m set --match-set nets src', false],
    ['-m set --match-set both src,dst', true],
    ['-m set --match-set both src', false],
  ])('%s: %s', (match, want) => void expectWay(drops(match, SETS), client, want ? 'dropped' : 'delivered'))

  test('a set that was not captured forks, and the answer names the file', () => {
    expectWay(
      drops('-m set --match-set web src,dst'),
      client,
      'dropped p=unknown missing=ipset-save.txt',
      'delivered p=unknown missing=ipset-save.txt',
    )
    expectWay(drops('-p udp -m set --match-set web src,dst'), client, 'delivered p=1')
  })

  test('both ways come together again where the set does not matter', () => {
    const engine = engineWith({
      iptables: save('*filter\n-A INPUT -m set --match-set web src,dst -j A\n-A INPUT -j ACCEPT\n-A A -p udp -j DROP'),
    })
    expectWay(engine, client, 'delivered p=1 !missing=ipset-save.txt')
  })
})

describe('addrtype', () => {
  const drops = (match: string, more: Machine = {}) =>
    engineOfMachines({
      h: {
        ...HOST,
        devices: `${HOST.devices}\nbr0 bridge 10.1.0.1/24\nv@if9 master=br0`,
        iptables: save(`*mangle\n-A PREROUTING ${match} -j DROP`),
        ...more,
      },
    })
  test.each([
    ['LOCAL', '192.0.2.10:80', true],
    ['LOCAL', '10.1.0.1:80', true],
    ['LOCAL', '127.0.0.1:80', true],
    ['LOCAL', '10.1.0.9:80', false],
    ['UNICAST', '10.1.0.9:80', true],
    ['UNICAST', '192.0.2.10:80', false],
    ['BROADCAST', '10.1.0.255:80/udp', true],
    ['BROADCAST', '255.255.255.255:67/udp', true],
    ['MULTICAST', '224.0.0.251:5353/udp', true],
    ['LOCAL,BROADCAST', '10.1.0.255:80/udp', true],
  ])('--dst-type %s for %s: %s', (type, to, want) => {
    expectWay(drops(`-m addrtype --dst-type ${type}`), { ...client, to }, want ? 'dropped rule' : '!rule=mangle/PREROUTING/1')
  })

  test('--limit-iface-in asks the device it came in by', () => {
    expectWay(drops('-m addrtype --dst-type LOCAL --limit-iface-in'), { ...client, to: '10.1.0.1:80' }, 'delivered')
    expectWay(drops('-m addrtype --dst-type LOCAL --limit-iface-in'), client, 'dropped rule')
  })

  test('without addresses or routes nobody knows what is local', () => {
    const engine = engineOfMachines({
      h: { iptables: save('*nat\n-A PREROUTING -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.1.0.2') },
    })
    expectWay(engine, client, 'unknown p=unknown missing=ip-addr.json dst=10.1.0.2:80', 'unknown p=unknown dst=192.0.2.10:80')
  })
})
