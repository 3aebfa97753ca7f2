import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostScript, probesLack, root } from './testing/host.ts'

const scratch = mkdtempSync(join(tmpdir(), 'culprit-diagnose-probe-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
if (probesLack) console.warn(`\nSKIPPED: no diagnosis with real attempts: ${probesLack}\n`)

/**
 * A server behind the host answers on three ports. A rule of the host drops port 80, one with a set port 8080; on 9090 nothing is in the way. Later
 * the first rule is gone.
 */
const STORY = `
ip -n pod link set lo up
ip netns add server
ip link add eth0 netns server type veth peer name vethsrv
ip addr add 10.43.0.1/24 dev vethsrv; ip link set vethsrv up
ip -n server addr add 10.43.0.5/24 dev eth0; ip -n server link set eth0 up; ip -n server link set lo up
ip -n server route add default via 10.43.0.1
for port in 80 8080 9090; do ip netns exec server busybox httpd -p $port -h /; done
iptables-nft -A FORWARD -p tcp --dport 8080 -m set --match-set things src -j DROP
culprit() { name=$1; shift; node ${root}bin/culprit "$@" --from netns/probed/pod -q -o json > ${scratch}/$name.json; echo $? > ${scratch}/$name.code; }
culprit live diagnose --to 10.43.0.5:80 --probe --yes
culprit healthy diagnose --to 10.43.0.5:9090 --probe --yes
node ${root}bin/culprit collect -q -o ${scratch}/b.tar >/dev/null
mkdir ${scratch}/b; tar -xf ${scratch}/b.tar -C ${scratch}/b
rm ${scratch}/b/hosts/probed/ipset-save.txt ${scratch}/b/hosts/probed/logs/*
culprit open diagnose ${scratch}/b --to 10.43.0.5:8080
culprit closed diagnose ${scratch}/b --to 10.43.0.5:8080 --probe --yes
iptables-nft -D FORWARD 1
culprit since diagnose ${scratch}/b --to 10.43.0.5:80 --symptom timeout --probe --yes
at_terminal() { printf '%s\\n' "$1" | script -qec "node ${root}bin/culprit diagnose ${scratch}/b --from netns/probed/pod --to 10.43.0.5:80 --probe -q" /dev/null; }
at_terminal n > ${scratch}/no.txt
at_terminal y > ${scratch}/yes.txt
culprit unasked diagnose ${scratch}/b --to 10.43.0.5:80 --probe < /dev/null 2> ${scratch}/unasked.txt
`

interface Told {
  readonly code: number
  readonly observations: readonly { readonly id: string; readonly kind: string; readonly text: string; readonly source: unknown }[]
  readonly causes: readonly {
    readonly id: string
    readonly status: string
    readonly confidence: number
    readonly because: readonly { readonly text: string; readonly observation?: string }[]
    readonly against: readonly { readonly text: string }[]
  }[]
  readonly probe: {
    readonly attempts: readonly Record<string, unknown>[]
    readonly findings: readonly { readonly id: string; readonly text: string }[]
  }
}

describe.skipIf(probesLack)(`a diagnosis that tries for real${probesLack ? ` (SKIPPED: ${probesLack})` : ''}`, () => {
  const told = (name: string): Told => ({
    ...JSON.parse(readFileSync(join(scratch, `${name}.json`), 'utf8')),
    code: Number(readFileSync(join(scratch, `${name}.code`), 'utf8')),
  })
  beforeAll(() => {
    const script = join(scratch, 'story.sh')
    writeFileSync(script, STORY)
    const { stderr } = spawnSync('sh', [hostScript, 'probed', 'sh', script], { encoding: 'utf8' })
    if (stderr !== '') console.warn(stderr)
  }, 180_000)

  test('a live machine: what fails on the model fails for real, and the attempt is an observation with a source', () => {
    const { code, observations, causes, probe } = told('live')
    expect(code).toBe(1)
    const tried = observations.find(({ text }) => text.startsWith('Tried just now: netns/probed/pod'))
    expect(tried).toMatchObject({
      kind: 'fails',
      text: 'Tried just now: netns/probed/pod to 10.43.0.5:80 times out',
      source: { file: 'probe netns/probed/pod', line: 1 },
    })
    expect(causes[0]).toMatchObject({ id: 'filter.forward-rule', status: 'proved' })
    expect(causes[0]?.because.map(({ observation }) => observation)).toContain(tried?.id)
    expect(probe.attempts).toMatchObject([{ from: 'netns/probed/pod', to: '10.43.0.5:80', observed: 'timeout', agrees: true }])
  })

  test('what works for real is no fault', () => {
    const { code, observations, probe } = told('healthy')
    expect(code).toBe(0)
    expect(observations.filter(({ text }) => text.startsWith('Tried')).map(({ kind }) => kind)).toEqual(probe.attempts.map(() => 'works'))
    expect(probe.findings).toEqual([])
  })

  test('where missing evidence leaves two ways open, the attempt shows which is real, and proves the cause', () => {
    const [open, closed] = [told('open'), told('closed')]
    expect(open.causes[0]).toMatchObject({ id: 'filter.forward-rule', status: 'supported' })
    expect(closed.causes[0]).toMatchObject({ id: 'filter.forward-rule', status: 'proved' })
    expect(closed.causes[0]?.confidence).toBeGreaterThan(open.causes[0]?.confidence ?? 1)
    expect(closed.causes[0]?.because.map(({ text }) => text).join('\n')).toContain('only those through it end as the real attempt did')
    // From the host itself, and at the server, it works: these tell the places apart.
    expect(closed.probe.attempts.map(({ from, observed }) => `${from} ${observed}`)).toEqual([
      'netns/probed/pod timeout',
      'host/probed connects',
      'netns/probed/server connects',
    ])
  })

  test('evidence that no longer holds is a finding, and what it accuses is no longer proved', () => {
    const { causes, probe } = told('since')
    expect(causes[0]).toMatchObject({ id: 'filter.forward-rule', status: 'supported' })
    expect(causes[0]?.against[0]?.text).toContain('it works now')
    expect(probe.findings).toMatchObject([
      { id: 'probe-differs', text: expect.stringContaining('predicts timeout, a real attempt finds connects') },
    ])
  })

  test('nothing is sent unasked', () => {
    expect(readFileSync(join(scratch, 'unasked.code'), 'utf8').trim()).toBe('2')
    expect(readFileSync(join(scratch, 'unasked.txt'), 'utf8')).toContain('add --yes to agree beforehand')
    const [no, yes] = ['no', 'yes'].map((name) => readFileSync(join(scratch, `${name}.txt`), 'utf8'))
    expect(no).toContain(
      'netns/probed/pod → 10.43.0.5:80 (tcp, GET / to 10.43.0.5, from namespace pod of this machine): the question itself',
    )
    expect(no).toContain('Send them? [y/N]')
    expect(no).not.toContain('Tried for real')
    expect(yes).toContain('Tried for real')
  })
})
