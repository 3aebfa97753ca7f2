import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { missing } from '../requirements.ts'

const PROGRAMS: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  ss: 'iproute2',
  nsenter: 'util-linux',
  sysctl: 'procps',
}

/** Why no real network can be built here, in sentences; empty when it can. */
export function lacking(): readonly string[] {
  const absent = Object.entries(PROGRAMS).filter(([program]) => !installed(program))
  return [...missing(), ...absent.map(([program, from]) => `${program} is not installed (Debian package ${from})`)]
}

/** Why no Docker engine can be started here. */
export function lackingDocker(): readonly string[] {
  const absent = ['dockerd', 'docker', 'tar'].filter((program) => !installed(program))
  return absent.map((program) => `${program} is not installed (Debian package ${program === 'tar' ? 'tar' : 'docker.io'})`)
}

function installed(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
