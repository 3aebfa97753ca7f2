import type { Result, Role } from './observation.ts'

/** What came of a connection, behind who tried it with whom. */
export const RESULT_WORDS: Readonly<Record<Result, string>> = {
  connects: 'works',
  exposed: 'works, and should not',
  refused: 'is refused',
  timeout: 'times out',
  unreachable: 'is reported unreachable',
  reset: 'is reset',
  stalls: 'connects and then stalls',
  'wrong-server': 'is answered by another server',
  'not-permitted': 'is not permitted',
  'no-name': 'fails, since the name does not resolve',
  'application-error': 'connects, and fails behind it',
  fails: 'fails',
}

/** Who tried, where notes name nobody. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  pod: 'a pod',
  node: 'a node',
  container: 'a container',
  service: 'a Service',
  outside: 'a client from outside',
}
