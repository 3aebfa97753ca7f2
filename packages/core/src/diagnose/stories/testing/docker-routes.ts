import { DOCKER } from '../../testing/docker-host.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(DOCKER, 'h', more)
const healthy = DOCKER

export const DOCKER_ROUTES: readonly Story[] = [
  {
    name: 'a VPN takes all that comes from containers',
    causes: ['route.policy-rule'],
    machines: h({
      devices: 'wg0 tun 10.9.0.2/24',
      routes: 'default dev wg0 table 51820',
      rules: '0: from all lookup local\n100: from 172.17.0.0/16 lookup 51820\n32766: from all lookup main\n32767: from all lookup default',
    }),
    tried: 'netns/h/web -> 192.168.50.77:443/tcp',
    symptom: 'timeout',
    healthy: h({
      devices: 'wg0 tun 10.9.0.2/24',
      routes: 'default dev wg0 table 51820',
      rules: '0: from all lookup local\n32766: from all lookup main\n32767: from all lookup default',
    }),
  },
  {
    name: "the answer of a published port leaves by the VPN's table",
    causes: ['route.policy-rule', 'route.overlap'],
    machines: h({
      devices: 'wg0 tun 10.9.0.2/24',
      routes: 'default dev wg0 table 51820',
      rules:
        '0: from all lookup local\n100: from all lookup main suppress_prefixlength 0\n101: not from all fwmark 0xca6c lookup 51820\n32766: from all lookup main\n32767: from all lookup default',
    }),
    tried: 'outside 192.168.77.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'Docker gave a network the range of the LAN behind',
    causes: ['route.overlap'],
    machines: h({ devices: 'br-0f0f0f0f0f0f bridge 10.20.0.1/16 no-carrier' }),
    tried: 'netns/h/web -> 10.20.7.7:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'a blackhole',
    causes: ['route.blackhole'],
    machines: h({ routes: 'blackhole 203.0.113.0/24' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'a prohibiting rule',
    causes: ['route.blackhole', 'route.policy-rule'],
    machines: h({
      rules: '0: from all lookup local\n500: from 172.17.0.0/16 prohibit\n32766: from all lookup main\n32767: from all lookup default',
    }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'no default route',
    causes: ['route.missing-default'],
    machines: h({ routes: '- default via 192.168.50.1 dev eth0' }),
    tried: 'netns/h/web -> 203.0.113.80:443/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'the veth is down',
    causes: ['host.interface-down'],
    machines: h({ devices: '- veth1@h/web:eth0 master=docker0\nveth1@h/web:eth0 master=docker0 down' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'docker0 is down',
    causes: ['host.interface-down'],
    machines: h({ devices: '- docker0 bridge 172.17.0.1/16\ndocker0 bridge 172.17.0.1/16 down' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'the veth is no port of the bridge',
    causes: ['host.interface-down'],
    machines: h({ devices: '- veth1@h/web:eth0 master=docker0\nveth1@h/web:eth0' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'a wrong neighbour',
    causes: ['host.neighbour'],
    machines: h({ neighbours: '172.17.0.2 dev docker0 lladdr 02:de:ad:00:00:01 PERMANENT' }),
    tried: 'outside 192.168.50.10 -> 192.168.50.5:8080/tcp',
    symptom: 'timeout',
    healthy,
  },
]
