import { readLines } from '../lines.ts'
import type { Clock, HostState, ManagedDevice, Process, Unit } from './state.ts'

/** `lsmod` or /proc/modules. */
export function readModules(text: string, file: string): HostState {
  const names = readLines(text).flatMap(({ text: line }) => /^(\w+)\s+\d+\s+\d+/.exec(line)?.[1] ?? [])
  return { kind: 'modules', names: new Set(names), source: { file, line: 1 } }
}

/** `getenforce`, `sestatus`, or /etc/selinux/config. */
export function readSelinux(text: string, file: string): HostState {
  const value = (pattern: RegExp) => pattern.exec(text)?.[1]?.toLowerCase()
  const status = value(/^SELinux status:\s+(\w+)/m)
  const now = status === 'disabled' ? 'disabled' : (value(/^Current mode:\s+(\w+)/m) ?? value(/^\s*(Enforcing|Permissive|Disabled)\s*$/m))
  const configured = value(/^Mode from config file:\s+(\w+)/m) ?? value(/^\s*SELINUX=(\w+)/m)
  const line = text
    .slice(0, Math.max(0, text.search(/Current mode|SELinux status|^\s*SELINUX=|^\s*(?:Enforcing|Permissive|Disabled)/m)))
    .split('\n').length
  return { kind: 'selinux', now, configured, source: { file, line } }
}

/** `aa-status`: profiles in enforce mode. */
export function readApparmor(text: string, file: string): HostState {
  const enforced: string[] = []
  let inside = false
  for (const { text: line } of readLines(text)) {
    if (/^\d+ /.test(line)) inside = /^\d+ profiles are in enforce mode/.test(line)
    else if (inside) enforced.push(line.trim())
  }
  return { kind: 'apparmor', enforced, source: { file, line: 1 } }
}

/** `timedatectl`, `chronyc tracking`, `ntpq -p`, `date`. */
export function readClock(text: string, file: string): HostState {
  const synchronized = /^\s*(?:System clock synchronized|NTP synchronized):\s*(yes|no)/m.exec(text)?.[1]
  const leap = /^Leap status\s*:\s*(.+)$/m.exec(text)?.[1]?.trim()
  const clock: Clock = {
    synchronized: synchronized !== undefined ? synchronized === 'yes' : leap === undefined ? undefined : leap !== 'Not synchronised',
    offset: offsetOf(text),
    time: timeOf(text),
  }
  return { kind: 'clock', clock, source: { file, line: 1 } }
}

function offsetOf(text: string): number | undefined {
  const chrony = /^System time\s*:\s*([\d.]+) seconds (fast|slow) of NTP time/m.exec(text)
  if (chrony) return Number(chrony[1]) * (chrony[2] === 'fast' ? 1 : -1)
  const peer = /^\*\S+(?:\s+\S+){7}\s+(-?[\d.]+)\s+[\d.]+\s*$/m.exec(text)
  return peer ? -Number(peer[1]) / 1000 : undefined
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** timedatectl's universal time, `date -u`, `date -Is`. */
function timeOf(text: string): number | undefined {
  const universal = /Universal time:\s+\w+ (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text)
  if (universal) return utc(universal.slice(1).map(Number))
  const iso = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|([+-])(\d\d):?(\d\d))?$/m.exec(text.trim())
  if (iso) {
    const shift = iso[7] === undefined ? 0 : (Number(iso[8]) * 3600 + Number(iso[9]) * 60) * (iso[7] === '+' ? -1 : 1)
    return utc(iso.slice(1, 7).map(Number)) + shift
  }
  const plain = /^\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) UTC (\d{4})$/m.exec(text.trim())
  if (!plain) return undefined
  return utc([Number(plain[6]), MONTHS.indexOf(plain[1] ?? '') + 1, Number(plain[2]), Number(plain[3]), Number(plain[4]), Number(plain[5])])
}

const utc = ([year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0]: readonly number[]): number =>
  Date.UTC(year, month - 1, day, hour, minute, second) / 1000

/** `systemctl list-units`, `systemctl list-unit-files`, `systemctl status` of one or more. */
export function readUnits(text: string, file: string): HostState {
  const units: Unit[] = []
  let open: { name: string; enabled: string | undefined } | undefined
  for (const { text: line, number } of readLines(text)) {
    const source = { file, line: number }
    const listed =
      /^[\s●*×○↻]*([\w@.:\\-]+\.(?:service|socket|target|timer))\s+(?:loaded|not-found|masked|error|bad-setting)\s+(\w+)\s+([\w-]+)/.exec(
        line,
      )
    if (listed) {
      units.push({ name: listed[1] ?? '', active: listed[2] ?? '', sub: listed[3], enabled: undefined, source })
      continue
    }
    const head = /^[●*×○↻]\s+([\w@.:\\-]+\.(?:service|socket|target|timer))(?:\s|$)/.exec(line)
    if (head) open = { name: head[1] ?? '', enabled: undefined }
    const loaded = /^\s+Loaded:.*;\s*(enabled|disabled|static|masked)/.exec(line)
    if (open && loaded) open.enabled = loaded[1]
    const active = /^\s+Active:\s+(\w+)(?:\s+\(([\w-]+)\))?/.exec(line)
    if (open && active) {
      units.push({ name: open.name, active: active[1] ?? '', sub: active[2], enabled: open.enabled, source })
      open = undefined
    }
  }
  return { kind: 'units', units, source: { file, line: 1 } }
}

/** `ps aux`, `ps -ef`, `ps -eo pid,args`. */
export function readProcesses(text: string, file: string): HostState {
  const lines = readLines(text)
  const head = lines.find(({ text: line }) => /\bPID\b/.test(line) && /\b(?:COMMAND|CMD|ARGS)\b/.test(line))
  const columns = head?.text.trim().split(/\s+/) ?? []
  const pidAt = columns.indexOf('PID')
  const at = columns.findIndex((name) => /^(?:COMMAND|CMD|ARGS)$/.test(name))
  const processes = lines.flatMap(({ text: line, number }): readonly Process[] => {
    if (at < 0 || number <= (head?.number ?? 0)) return []
    const words = line.trim().split(/\s+/)
    const args = words.slice(at)
    return args.length === 0
      ? []
      : [{ pid: Number(words[pidAt]) || undefined, command: args[0] ?? '', args, source: { file, line: number } }]
  })
  return { kind: 'processes', processes, source: { file, line: head?.number ?? 1 } }
}

/** `nmcli device [status]`, and the key file setting `unmanaged-devices` of NetworkManager.conf. */
export function readNetworkManager(text: string, file: string): HostState {
  const devices: ManagedDevice[] = []
  const unmanaged: string[] = []
  for (const { text: line, number } of readLines(text)) {
    const row =
      /^(\S+)\s+(ethernet|bridge|vxlan|tun|veth|wifi|loopback|bond|vlan|dummy|wireguard|iptunnel|ip-tunnel|macvlan|team|infiniband|unknown|generic)\s+(connected(?: \([^)]*\))?|disconnected|unmanaged|unavailable|connecting(?: \([^)]*\))?)(?:\s|$)/.exec(
        line,
      )
    if (row) devices.push({ device: row[1] ?? '', type: row[2] ?? '', state: row[3] ?? '', source: { file, line: number } })
    const setting = /^\s*unmanaged-devices\s*\+?=\s*(.+)$/.exec(line)
    if (setting)
      unmanaged.push(
        ...(setting[1] ?? '')
          .split(/[;,]/)
          .map((one) => one.trim())
          .filter((one) => one !== ''),
      )
  }
  return { kind: 'network-manager', devices, unmanaged, source: { file, line: 1 } }
}
