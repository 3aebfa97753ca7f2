import { describe, test } from 'vitest'
import { engineOfMachines, expectWay } from './testing/story.ts'

/** A pod behind a host; 198.51.100.9 is beyond the host. */
const router = (filter: string, more: { routes?: string; rules?: string } = {}) =>
  engineOfMachines({
    h: {
      devices: 'eth0 192.0.2.10/24\nva@h/a:eth0 10.1.0.1/24\nts0 tun 100.64.0.1/32',
      routes: `default via 192.0.2.1 dev eth0\n${more.routes ?? ''}`,
      ...(more.rules === undefined ? {} : { rules: more.rules }),
      sysctl: 'net.ipv4.ip_forward = 1',
      iptables: `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -s 10.1.0.0/24 -o eth0 -j MASQUERADE\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${filter}COMMIT\n`,
    },
    'h/a': { devices: 'eth0@h:va 10.1.0.2/24', routes: 'default via 10.1.0.1 dev eth0' },
  })

const SYN = { from: 'netns/h/a', to: '198.51.100.9:80' }
const REJECT = '-A FORWARD -p tcp -j REJECT --reject-with icmp-port-unreachable\n'
const RESET = '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n'

describe('the word that a packet was refused has a way of its own', () => {
  test('and comes back where nothing stops it', () => {
    expectWay(router(REJECT), SYN, 'rejected rule refused reply=none')
    expectWay(router(RESET), SYN, 'rejected rule refused reply=none')
    expectWay(router('', { routes: 'prohibit 198.51.100.0/24' }), SYN, 'rejected prohibit unreachable')
  })

  test('it belongs to the connection that it is about, also before that is confirmed', () => {
    const related = '-A OUTPUT -m conntrack --ctstate RELATED -j ACCEPT\n-A OUTPUT -j DROP\n'
    expectWay(router(`${REJECT}${related}`), SYN, 'rejected rule refused')
    expectWay(router(`${RESET}${related}`), SYN, 'rejected rule refused')
  })

  test('where it is filtered, the sender hears nothing', () => {
    expectWay(router(`${REJECT}-A OUTPUT -p icmp -j DROP\n`), SYN, 'rejected rule timeout')
    expectWay(router(`${RESET}-A OUTPUT -p tcp -m tcp --tcp-flags RST RST -j DROP\n`), SYN, 'rejected rule timeout')
    expectWay(router(`${REJECT}-A OUTPUT -p tcp -m tcp --tcp-flags RST RST -j DROP\n`), SYN, 'rejected rule refused')
  })

  test('where the sender’s network is routed elsewhere, it goes there', () => {
    const stolen = {
      routes: '10.1.0.0/24 dev ts0 table 52\nprohibit 198.51.100.0/24',
      rules: '0: from all lookup local\n5270: from all lookup 52\n32766: from all lookup main\n32767: from all lookup default',
    }
    expectWay(router('', stolen), SYN, 'rejected prohibit timeout')
  })

  test('a host refuses its own packets by lo, where rules see it again', () => {
    const own = { from: 'host/h', to: '198.51.100.9:80' }
    const out = '-A OUTPUT -p tcp -j REJECT --reject-with icmp-port-unreachable\n'
    expectWay(router(out), own, 'rejected rule refused')
    expectWay(router(`${out}-A INPUT -i lo -p icmp -j DROP\n`), own, 'rejected rule timeout')
  })
})
