import { readChartFile } from '../parse/host/chart.ts'
import { readFileListing, readPem } from '../parse/host/files.ts'
import { readImages, readRegistry } from '../parse/host/images.ts'
import type { HostState } from '../parse/host/state.ts'
import { readApparmor, readClock, readModules, readNetworkManager, readProcesses, readSelinux, readUnits } from '../parse/host/system.ts'
import { readCompose, readK3sConfig, readKubeconfig } from '../parse/host/yaml-files.ts'
import type { Format } from './format.ts'
import { READERS } from './readers.ts'

/** Format → reader, for what tells of a machine beside its network. */
export const HOST_READERS: Partial<Record<Format, (text: string, file: string) => HostState>> = {
  modules: readModules,
  selinux: readSelinux,
  apparmor: readApparmor,
  clock: readClock,
  units: readUnits,
  processes: readProcesses,
  'network-manager': readNetworkManager,
  images: readImages,
  registry: readRegistry,
  'file-listing': readFileListing,
  pem: readPem,
  kubeconfig: readKubeconfig,
  compose: readCompose,
  'k3s-config': readK3sConfig,
  'helm-chart': readChartFile,
}

/** Is there a reader for it, or is it left to a later room? */
export const isRead = (format: Format): boolean => READERS[format] !== undefined || HOST_READERS[format] !== undefined
