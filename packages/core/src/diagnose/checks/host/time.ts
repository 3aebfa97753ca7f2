import { because, type Check, seen, together } from '../check.ts'
import { statesOf } from '../scene.ts'

export const time: Check = {
  id: 'time',
  holds: 'the clock is synchronised and near to its reference',
  why: 'certificates seem expired or not yet valid, leases end, logs do not fit together',
  evidence: ['hosts/HOST/timedatectl.txt', 'hosts/HOST/chronyc.txt'],
  causes: ['host.time'],
  runbook: 'set-time',
  run: (scene) =>
    together(
      [...scene.hosts.values()].flatMap((host) =>
        statesOf(host, 'clock').map(({ clock, source }) => {
          const { offset, synchronized } = clock
          const off = offset === undefined ? 0 : Math.abs(offset)
          if (off >= 1)
            return seen({
              severity: off >= 30 ? 'error' : 'warning',
              cause: 'host.time',
              host: host.name,
              object: 'clock',
              text: `the clock of ${host.name} is ${off.toFixed(1)} seconds ${(offset ?? 0) > 0 ? 'ahead' : 'behind'}`,
              because: [because(`offset ${offset} s`, source)],
            })
          if (synchronized !== false) return seen()
          return seen({
            severity: 'warning',
            cause: 'host.time',
            host: host.name,
            object: 'clock',
            text: `the clock of ${host.name} is not synchronised`,
            because: [because('not synchronised', source)],
          })
        }),
      ),
    ),
}
