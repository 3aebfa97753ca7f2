import type { Source } from '../../facts/source.ts'

/** What an X.509 certificate says, as far as the checks ask; read where there is a library for it. */
export interface Certificate {
  readonly host: string | undefined
  /** Path on its host; of one inside of a kubeconfig that file's. */
  readonly path: string
  readonly subject: string
  readonly issuer: string
  /** Seconds since 1970. */
  readonly from: number
  readonly until: number
  readonly isAuthority: boolean
  /** subjectAltName: names and addresses as they stand. */
  readonly names: readonly string[]
  readonly addresses: readonly string[]
  /** Of the public key: equal fingerprints are one key. */
  readonly keyId: string
  /** Of the certificate itself. */
  readonly id: string
  /** Ids of certificates in the evidence whose key signed it. */
  readonly signedBy: readonly string[]
  /** The key file beside it: does it belong to it? undefined: none was captured, or its content is masked. */
  readonly keyMatches: boolean | undefined
  /** In a kubeconfig: its user or cluster. */
  readonly inside: string | undefined
  readonly source: Source
}
