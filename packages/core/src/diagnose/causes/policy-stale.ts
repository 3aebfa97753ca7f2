import { ownerOf, type Scene } from '../scene.ts'
import type { Cause, Suspect } from './cause.ts'
import { clusterOf } from './cluster.ts'
import { accuse, faultOfStep, quoted, withoutStep } from './suspect.ts'

/** Pods by which a policy engine runs on every node, by the id of its owner in knowledge/owners.yaml. */
const ENGINES: Readonly<Record<string, RegExp>> = {
  calico: /^(?:calico-node|canal)-/,
  weave: /^weave-net-/,
  cilium: /^cilium-/,
  antrea: /^antrea-agent-/,
  'kube-router': /^kube-router-/,
}

/** A rule of a policy engine stops the packet, and the engine does not run in the cluster any more. */
export const policyStale: Cause = {
  id: 'policy.stale',
  suspects: (scene) =>
    scene.blames.flatMap((blame): readonly Suspect[] => {
      const { step, kind } = blame
      if (kind !== 'stopped' || !step) return []
      const owner = ownerOf(scene, step)
      const daemons = ENGINES[owner]
      if (!daemons || !isGone(scene, owner, daemons)) return []
      return [
        accuse('policy.stale', blame, {
          where: faultOfStep(step),
          because: [
            quoted(`a rule of ${owner} refuses it`, step),
            { text: `no pod of ${owner} is in the cluster, so nobody keeps these rules or takes them out` },
          ],
          likelihood: 0.96,
          without: [withoutStep(step)],
        }),
      ]
    }),
}

/** All pods were captured, those of the system too, and none is the engine's. */
function isGone(scene: Scene, owner: string, daemons: RegExp): boolean {
  const { pods, nodes } = clusterOf(scene)
  if (!pods.some(({ namespace }) => namespace === 'kube-system') || pods.some(({ name }) => daemons.test(name))) return false
  // k3s and RKE2 run kube-router's policy controller inside of their own process.
  return owner !== 'kube-router' || (nodes.length > 0 && nodes.every(({ kubeletVersion = 'k3s' }) => !/k3s|rke2/.test(kubeletVersion)))
}
