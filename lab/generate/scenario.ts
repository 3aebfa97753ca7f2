import { addressesOf, PORTS } from '../network.ts'
import { Random } from '../random.ts'
import { type Family, hostSends, iptablesOf, type Scenario, versionOf } from '../scenario.ts'
import { drawSets } from './ipsets.ts'
import { drawTables } from './iptables.ts'
import { drawNftTables } from './nft.ts'
import { drawPackets } from './packets.ts'
import { drawFailed, drawPolicies, drawRoutes, drawSysctls } from './routing.ts'

/** The scenario of a seed: the same seed and family give the same one. */
export function drawScenario(family: Family, seed: number, packets: number): Scenario {
  const random = new Random(seed)
  const addresses = addressesOf(versionOf(family))
  const tool = iptablesOf(family)
  const sets = tool === undefined ? [] : drawSets(random, addresses)
  const ground = { random, family, addresses, sets }
  const policies = drawPolicies(random, addresses)
  return {
    family,
    sets,
    tables: tool === undefined ? [] : drawTables(ground),
    native: tool === undefined || family === 'mixed' ? drawNftTables(ground) : [],
    policies,
    routes: drawRoutes(random, addresses),
    sysctls: drawSysctls(random, addresses),
    isolated: random.chance(0.1) ? ['vethp1', 'vethp2'].filter(() => random.chance(0.8)) : [],
    failed: random.chance(0.1) ? [drawFailed(random, addresses)] : [],
    hairpin: Object.values(PORTS)
      .map((p) => p.port)
      .filter(() => random.chance(0.3)),
    ...drawPackets(random, addresses, hostSends({ policies }), packets),
  }
}
