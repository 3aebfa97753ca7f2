/** What the watches of the lab look at: from the machine itself and from its pod, beyond the gateway. */
export const CRITERIA = `
interval: 1s
jitter: 0
quiet: 3s
cost: 100%
criteria:
  - name: beyond
    flow: { from: host, to: '203.0.113.80:9000' }
    within: 1s
  - name: pod
    flow: { from: netns/p1, to: '203.0.113.80:9000' }
    within: 1s
`

/** With one permission; `more`: further settings of repairs, a line each. */
export const repairs = (text: string, more = ''): string => `${CRITERIA}repair:\n${more}  allow:\n    - { ${text} }\n`

const ROUTE = 'name: route, causes: [route.missing-default], status: supported, runbook: add-default-route'

/** The default route may be put back, by this gateway. */
export const mayRoute = (gateway: string, more = ''): string => repairs(`${ROUTE}, set: { gateway: ${gateway}, device: eth0 }`, more)
