import { expect, test } from 'vitest'
import { kube, sceneOf } from '../testing/scene.ts'
import { OBJECT_CAUSES } from './objects.ts'

const crashing = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    kube('Pod', `web-${i}`, {
      status: {
        phase: 'Running',
        podIP: `10.244.1.${i + 1}`,
        containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    }),
  )
const suspects = (count: number, tried: readonly string[]) => {
  const scene = sceneOf({ files: { 'cluster/pods.json': { apiVersion: 'v1', kind: 'List', items: crashing(count) } }, tried })
  return OBJECT_CAUSES.flatMap((cause) => cause.suspects(scene))
}

test('of many faulty objects those that fail to be reached are told, and a few of the others', () => {
  expect(suspects(30, [])).toHaveLength(20)
  const found = suspects(30, ['outside -> 10.244.1.7:80/tcp refused'])
  expect(found.map(({ likelihood }) => likelihood)).toEqual([0.9, 0.3, 0.3, 0.3, 0.3])
  expect(found[0]?.where.object).toBe('Pod default/web-6')
})

test('nothing is suspected where nothing was captured', () => {
  expect(OBJECT_CAUSES.flatMap((cause) => cause.suspects(sceneOf({})))).toEqual([])
})
