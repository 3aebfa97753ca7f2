import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { addressMasker } from './addresses.ts'
import { maskSecrets } from './secrets.ts'

describe('secrets', () => {
  test.each([
    ['password=hunter2 next', 'password=*** next'],
    ['db_password: "hunter2"', 'db_password: "***"'],
    ['Authorization: Bearer abcdef0123456789', 'Authorization: Bearer ***'],
    ['postgres://app:hunter2@10.0.0.5/db', 'postgres://app:***@10.0.0.5/db'],
    ['--token=abcdef.0123456789abcdef', '--token=***'],
    ['net.ipv4.tcp_fastopen_key = 00000000-1-2-3', 'net.ipv4.tcp_fastopen_key = ***'],
    ['secretName: tls-cert', 'secretName: tls-cert'],
    ['automountServiceAccountToken: false', 'automountServiceAccountToken: false'],
    ['key eyJhbGciOiJSUzI1NiIsI.eyJpc3MiOiJrdWJlcm.c2lnbmF0dXJl end', 'key *** end'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter', '-----BEGIN RSA PRIVATE KEY----- ***\nafter'],
  ])('%s', (text, masked) => expect(maskSecrets(text)).toBe(masked))

  test('environment variables are masked, except those of the network', () => {
    const docker = JSON.stringify([{ Config: { Env: ['DB=x', 'FELIX_IPTABLESBACKEND=nft', 'FELIX_TOKEN=x'] } }])
    expect(JSON.parse(maskSecrets(docker))).toEqual([{ Config: { Env: ['DB=***', 'FELIX_IPTABLESBACKEND=nft', 'FELIX_TOKEN=***'] } }])
    const pod = {
      spec: {
        containers: [
          {
            env: [
              { name: 'A', value: 'x' },
              { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
          },
        ],
      },
    }
    expect(JSON.parse(maskSecrets(JSON.stringify(pod))).spec.containers[0].env).toEqual([
      { name: 'A', value: '***' },
      pod.spec.containers[0]?.env[1],
    ])
  })

  test('of a Secret the names of its keys stay', () => {
    const list = { kind: 'List', items: [{ kind: 'Secret', metadata: { name: 's' }, data: { cert: 'QUJD' }, stringData: { a: 'b' } }] }
    expect(JSON.parse(maskSecrets(JSON.stringify(list))).items[0]).toEqual({
      kind: 'Secret',
      metadata: { name: 's' },
      data: { cert: '***' },
      stringData: { a: '***' },
    })
  })

  test('long hostile text costs no more than its length', () => {
    for (const text of [
      'password'.repeat(50_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(20_000),
      'eyJ'.repeat(100_000),
      'a://b'.repeat(80_000),
    ])
      expect(maskSecrets(text).length).toBeGreaterThan(0)
  })
})

describe('addresses', () => {
  const mask = addressMasker('a key')
  const v4 = fc.integer({ min: 0, max: 0xffffffff })
  const common = (a: number, b: number): number => Math.clz32(a ^ b)

  test('as many leading bits are shared after as before', () => {
    fc.assert(
      fc.property(v4, v4, (a, b) => {
        const [x, y] = [a, b].map((address) => parseAddress(mask(formatAddress(address))) as number) as [number, number]
        expect(common(x, y)).toBe(common(a, b))
      }),
    )
  })

  test('private stays private, loopback and multicast stay as they are', () => {
    expect(mask('10.42.0.7')).toMatch(/^10\.\d+\.0\.7$/)
    expect(mask('192.168.1.255')).toMatch(/^192\.168\.1\.255$/)
    expect(mask('127.0.0.53 224.0.0.251 0.0.0.0 255.255.255.255 fe80::1 ::1')).toBe(
      '127.0.0.53 224.0.0.251 0.0.0.0 255.255.255.255 fe80::1 ::1',
    )
  })

  test('addresses are found where they stand; other text is not touched', () => {
    const text =
      '-A X -s 203.0.113.0/24 -d 2001:db8::5/64 --to-destination 203.0.113.7:80 mac 02:00:00:00:00:01 at 12:34:56 v1.2.3 ip-203-0-113-7'
    const masked = mask(text)
    expect(masked).not.toMatch(/203\.0\.113|2001:db8|203-0-113/)
    expect(masked).toMatch(
      /-s \d+\.\d+\.113\.0\/24 -d [0-9a-f:]+5\/64 --to-destination \d+\.\d+\.113\.7:80 mac 02:00:00:00:00:01 at 12:34:56 v1\.2\.3 ip-\d+-\d+-113-7$/,
    )
    expect(mask(text)).toBe(masked)
    expect(addressMasker('another')(text)).not.toBe(masked)
  })
})
