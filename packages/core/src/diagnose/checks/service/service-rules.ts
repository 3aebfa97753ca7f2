import type { CauseId } from '../../causes/ids.ts'
import { compareServices } from '../../services/compare.ts'
import { type Check, type Found, NOTHING } from '../check.ts'

const CAUSES: Readonly<Record<string, CauseId>> = {
  'service-redirected': 'nat.hijack',
  'service-open-to-others': 'service.source-ranges',
  'service-policy-not-kept': 'service.traffic-policy',
}

/** More Services on more nodes than this would take minutes. */
const MOST = 20_000

export const serviceRules: Check = {
  id: 'service-rules',
  holds: 'each node’s rules send every Service to the endpoints that the API server names',
  why: 'some or all connections to the Service go to pods that are gone, to another program, or nowhere',
  evidence: ['hosts/HOST/iptables-save.txt', 'cluster/services.json', 'cluster/endpointslices.json', 'cluster/nodes.json'],
  causes: ['service.proxy-stale', 'nat.hijack', 'service.source-ranges', 'service.traffic-policy'],
  runbook: 'restore-rules',
  run(scene) {
    if (scene.cluster.services.length === 0) return NOTHING
    if (scene.cluster.services.length * Math.max(1, scene.model.hosts.size) > MOST)
      return {
        looked: 0,
        findings: [],
        missing: [`fewer Services: there are ${scene.cluster.services.length} (culprit matrix asks for single ones)`],
      }
    const { findings, compared, skipped } = compareServices(scene.engine(), scene.cluster)
    return {
      looked: compared,
      findings: findings.map(
        ({ id, severity, where, text, because }): Found => ({
          severity,
          cause: CAUSES[id] ?? 'service.proxy-stale',
          host: where.host,
          object: where.object,
          text,
          because,
        }),
      ),
      missing: [...new Set(skipped.map(({ missing }) => missing))],
    }
  },
}
