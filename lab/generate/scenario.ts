import { addressesOf, PORTS } from '../network.ts'
import { Random } from '../random.ts'
import { type Family, type Scenario, versionOf } from '../scenario.ts'
import { drawSets } from './ipsets.ts'
import { drawTables } from './iptables.ts'
import { drawNftTables } from './nft.ts'
import { drawPackets } from './packets.ts'
import { drawPolicies, drawRoutes, drawSysctls } from './routing.ts'

/** The scenario of a seed: the same seed and family give the same one. */
export function drawScenario(family: Family, seed: number, packets: number): Scenario {
  const random = new Random(seed)
  const addresses = addressesOf(versionOf(family))
  const sets = family === 'nft' ? [] : drawSets(random, addresses)
  const policies = drawPolicies(random, addresses)
  return {
    family,
    sets,
    tables: family === 'nft' ? drawNftTables({ random, family, addresses }) : drawTables({ random, family, addresses, sets }),
    policies,
    routes: drawRoutes(random, addresses),
    sysctls: drawSysctls(random, addresses),
    hairpin: Object.values(PORTS)
      .map((p) => p.port)
      .filter(() => random.chance(0.3)),
    packets: drawPackets(random, addresses, policies, packets),
  }
}
