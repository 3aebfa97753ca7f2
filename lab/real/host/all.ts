import type { HostCase } from './case.ts'
import { DOCKER_CASES } from './docker-cases.ts'
import { NEAR_CASES } from './near-cases.ts'
import { POD_CASES } from './pod-cases.ts'

/** Every case of one machine, by its name. */
export const HOST_CASES: Readonly<Record<string, HostCase>> = { ...DOCKER_CASES, ...POD_CASES, ...NEAR_CASES }
