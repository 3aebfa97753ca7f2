import { describe, expect, test } from 'vitest'
import { missingForDocker, missingForReal } from '../requirements.ts'
import { runCluster } from './cluster.ts'
import { type DockerReport, runDocker } from './docker.ts'

/** A part of `npm run lab:real`. It needs root and the packages of requirements.ts; where they lack it is skipped, and says so. */
const reasons = missingForReal()
if (reasons.length) console.warn(`\nSKIPPED: the model is not held against real connections: ${reasons.join('; ')}\n`)
const noDocker = missingForDocker()
if (reasons.length === 0 && noDocker.length) console.warn(`\nSKIPPED: no real Docker engine: ${noDocker.join('; ')}\n`)

describe.skipIf(reasons.length > 0)('real connections are the judge', () => {
  test.each(['healthy', 'vxlan-blocked', 'hairpin-off'])(
    'cluster, %s: every connection ends as culprit says, and the same pod answers',
    async (fault) => {
      const { judged } = await runCluster({ nodes: 2, pods: 2, backend: 'nft' }, fault)
      expect(judged.length).toBeGreaterThan(10)
      expect(judged.filter(({ agrees }) => !agrees)).toEqual([])
    },
    60_000,
  )

  test.skipIf(noDocker.length > 0)(
    'Docker: a published port, and a rule in DOCKER-USER that refuses it, are as culprit says',
    async () => {
      const reports: DockerReport[] = []
      await runDocker(
        (fault) => fault === 'healthy' || fault === 'docker-user-reject',
        (report) => reports.push(report),
      )
      expect(reports.map(({ fault }) => fault)).toEqual(['healthy', 'docker-user-reject'])
      expect(reports.flatMap(({ judged }) => judged.filter(({ agrees }) => !agrees))).toEqual([])
    },
    60_000,
  )
})
