import type { Cause, Family } from '../cause.ts'
import { ASTRAY } from './astray.ts'
import { BEYOND_OVERLAY } from './beyond-overlay.ts'
import { BRIDGE_NETFILTER } from './bridge-netfilter.ts'
import { CROSS_BACKEND } from './cross-backend.ts'
import { DEVICES } from './devices.ts'
import { PUBLISHED_PAST_FIREWALL } from './exposure.ts'
import { REFUSED } from './filter.ts'
import { FLUSHED } from './flushed.ts'
import { LOCALHOST } from './localhost.ts'
import { LOST_NETWORK } from './lost-network.ts'
import { LOST_WAY } from './lost-way.ts'
import { MARK_COLLISION } from './mark-collision.ts'
import { MASQUERADE_MISSING } from './masquerade.ts'
import { MTU } from './mtu.ts'
import { OVERLAP } from './overlap.ts'
import { PROXY_CONFLICT } from './proxies.ts'
import { ROUTES } from './routes.ts'
import { SERVICES } from './services.ts'
import { STALE_CONNECTION } from './stale-connection.ts'
import { SUBNET_MISMATCH } from './subnet-mismatch.ts'
import { BACKEND_MIXED, HIJACK, STALE_TARGET } from './translation.ts'
import { UNHEARD_PORT } from './unheard-port.ts'
import { UNPLUGGED } from './unplugged.ts'
import { WRONG_SERVER } from './wrong-server.ts'

/** Causes that lie on the packet's way, and so can be taken away in the model. */
export const PATH_CAUSES: readonly (Cause | Family)[] = [
  REFUSED,
  CROSS_BACKEND,
  MARK_COLLISION,
  HIJACK,
  WRONG_SERVER,
  STALE_TARGET,
  BACKEND_MIXED,
  FLUSHED,
  PUBLISHED_PAST_FIREWALL,
  ROUTES,
  OVERLAP,
  DEVICES,
  UNPLUGGED,
  ASTRAY,
  LOCALHOST,
  LOST_WAY,
  BEYOND_OVERLAY,
  LOST_NETWORK,
  PROXY_CONFLICT,
  UNHEARD_PORT,
  BRIDGE_NETFILTER,
  MASQUERADE_MISSING,
  MTU,
  SERVICES,
  STALE_CONNECTION,
  SUBNET_MISMATCH,
]
