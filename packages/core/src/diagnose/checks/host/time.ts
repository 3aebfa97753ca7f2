import { because, type Check, type Examined, type Found, seen, together } from '../check.ts'
import { type CheckScene, statesOf } from '../scene.ts'

export const time: Check = {
  id: 'time',
  holds: 'the clock is synchronised and near to its reference',
  why: 'certificates seem expired or not yet valid, leases end, logs do not fit together',
  evidence: ['hosts/HOST/timedatectl.txt', 'hosts/HOST/chronyc.txt'],
  causes: ['host.time'],
  runbook: 'set-time',
  run: (scene) =>
    together([
      ...apart(scene),
      ...[...scene.hosts.values()].flatMap((host) =>
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
    ]),
}

/** Seconds by which clocks may differ in evidence that was taken at once. */
const MOST_APART = 120

/** Clocks that are far from that of most hosts. */
function apart(scene: CheckScene): readonly Examined[] {
  const times = [...scene.hosts.values()].flatMap((host) =>
    statesOf(host, 'clock')
      .slice(0, 1)
      .flatMap(({ clock: { time }, source }) => (time === undefined ? [] : [{ name: host.name, time, source }])),
  )
  if (times.length < 2) return []
  const sorted = times.toSorted((a, b) => a.time - b.time)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as (typeof sorted)[number]
  return [
    seen(
      ...times
        .filter(({ time }) => Math.abs(time - middle.time) > MOST_APART)
        .map(
          ({ name, time, source }): Found => ({
            severity: 'warning',
            cause: 'host.time',
            host: name,
            object: 'clock',
            text: `the clock of ${name} is ${Math.abs(time - middle.time)} seconds ${time > middle.time ? 'ahead of' : 'behind'} that of ${middle.name}, if both were asked at once`,
            because: [because(`${name}: ${instant(time)}`, source), because(`${middle.name}: ${instant(middle.time)}`, middle.source)],
          }),
        ),
    ),
  ]
}

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString()
