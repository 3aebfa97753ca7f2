import { decode } from '../bundle/decode.ts'
import type { EvidenceFile } from '../bundle/evidence.ts'
import type { Bundle } from './bundle.ts'
import { inOrder } from './write.ts'

/** A bundle in memory as the files that a reader of the same bundle on disk would get, in the order of the archive: not in that of the answers. */
export function filesOf(bundle: Bundle): EvidenceFile[] {
  return inOrder(bundle.files).flatMap(([path, bytes]) => {
    const decoded = decode(bytes)
    const common = { path, root: 'live', size: bytes.length }
    if (decoded.kind === 'binary') return []
    return [decoded.kind === 'capture' ? { ...common, text: '', bytes: decoded.bytes } : { ...common, text: decoded.text }]
  })
}
