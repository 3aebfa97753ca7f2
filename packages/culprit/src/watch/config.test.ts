import { describe, expect, test } from 'vitest'
import { unknownNames } from './config/names.ts'
import { readConfig } from './config.ts'

const GOOD = `
interval: 30s
quiet: 2h
jitter: 20%
criteria:
  - name: web
    flow: { from: host/n1, to: '10.43.0.10:80' }
  - name: db-shut
    flow: { from: outside, to: 'host/n1:5432' }
    expect: blocked
    by: model
    severity: warning
  - name: sound
    check: { severity: error, except: [certificate-ends] }
  - name: api
    command: [curl, -sf, 'http://127.0.0.1/']
    within: 3s
repair:
  allow:
    - name: route
      causes: [route.missing-default]
      runbook: add-default-route
      set: { gateway: 192.0.2.1, device: eth0 }
`

describe('the configuration of the watch', () => {
  test('is read with its defaults', () => {
    const config = readConfig(GOOD, 'watch.yaml')
    expect(config).toMatchObject({
      interval: 30_000,
      quiet: 7_200_000,
      jitter: 0.2,
      cost: 0.005,
      criteria: [
        { name: 'web', kind: 'flow', expect: 'works', by: 'probe', within: 4000, failures: 2, severity: 'critical' },
        { name: 'db-shut', expect: 'blocked', by: 'model', severity: 'warning' },
        { name: 'sound', kind: 'check', check: { severity: 'error' } },
        { name: 'api', kind: 'command', within: 3000 },
      ],
      repair: { perHour: 3, backoff: 600_000, afterFailure: 'stop', timer: 120_000 },
      notify: [],
    })
  })

  test.each([
    ['interval: 1x\ncriteria:\n  - name: a\n    command: [x]\n', 1, /interval: "1x" is no time/],
    ['criteria:\n  - name: a\n    command: [x]\n  - name: a\n    command: [y]\n', 4, /there is another a/],
    ['criteria:\n  - name: a\n    flow: { from: host/n, to: outside }\n    how: probe\n', 2, /how/],
    ['criteria:\n  - name: a\n    flow: { from: host/n, to: outside }\n    command: [y]\n', 2, /one of flow, check, command/],
    ['criteria: []\n', 1, /nothing to watch/],
    [
      'criteria:\n  - name: a\n    command: [x]\nrepair:\n  allow:\n    - name: r\n      causes: [a.b]\n',
      6,
      /either a runbook or an option/,
    ],
    [
      'criteria:\n  - name: a\n    command: [x]\nrepair:\n  allow:\n    - name: r\n      causes: [a.b]\n      option: recommended\n      criteria: [b]\n',
      9,
      /no criterion b/,
    ],
    ['criteria: [\n', 2, /./],
    ['criteria:\n  - name: a\n    flow: { from: outside, to: "host:22" }\n', 3, /nobody outside can be asked/],
    ['criteria:\n  - name: a\n    flow:\n      from: host\n      to: "pod/x:80"\n', 5, /"pod\/x:80" is no place/],
    [`${GOOD}    - name: r\n      causes: [route.overlapp]\n      option: recommended\n`, 25, /no cause route.overlapp/],
    [`${GOOD}    - name: r\n      causes: [route.overlap]\n      runbook: add-default-rout\n`, 26, /no runbook add-default-rout/],
    [GOOD.replace('gateway: 192.0.2.1', 'gateway: here'), 23, /gateway: "here" is no address/],
  ])('what is wrong with it is told with its line: %j', (text, line, said) => {
    const read = readConfig(text, 'watch.yaml', unknownNames)
    if (!('problems' in read)) throw new Error('it was taken')
    expect(read.problems[0]).toMatchObject({ file: 'watch.yaml', line })
    expect(read.problems[0]?.text).toMatch(said)
  })
})
