import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from '../../net/address.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { readCniConfig } from './config.ts'
import { readFlannelSubnet } from './flannel.ts'

describe('subnet.env', () => {
  it('is read with its lines', () => {
    expect(
      readFlannelSubnet('FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\nwhat?\n', 'f'),
    ).toMatchObject({
      networks: [parsePrefix('10.244.0.0/16')],
      subnets: [{ address: parseAddress('10.244.1.1'), prefix: parsePrefix('10.244.1.0/24') }],
      mtu: 1450,
      masquerade: true,
      lines: { FLANNEL_SUBNET: 2 },
      notes: [{ raw: 'what?', source: { line: 5 } }],
    })
  })
})

describe('a network configuration', () => {
  it('is a list of plugins, or one', () => {
    const list = readCniConfig(
      '{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},{"type":"portmap","capabilities":{"portMappings":true}}]}',
      'f',
    ).facts[0]
    expect(list?.plugins.map(({ type, bridge, hairpinMode, capabilities }) => [type, bridge, hairpinMode, capabilities])).toEqual([
      ['flannel', 'cni0', true, []],
      ['portmap', undefined, false, ['portMappings']],
    ])
    const [single] = readCniConfig(
      '{"cniVersion":"0.4.0","name":"n","type":"bridge","bridge":"br0","ipMasq":true,"ipam":{"type":"host-local","ranges":[[{"subnet":"10.1.0.0/24"}]]}}',
      'f',
    ).facts
    expect(single?.plugins).toMatchObject([{ type: 'bridge', bridge: 'br0', ipMasq: true, subnets: [parsePrefix('10.1.0.0/24')] }])
  })

  it('readers take anything', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readCniConfig(text, 'f')
        readFlannelSubnet(text, 'f')
      }),
    )
  })
})
