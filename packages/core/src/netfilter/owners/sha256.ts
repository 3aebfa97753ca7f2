/** SHA-256 (FIPS 180-4) of a short ASCII text, as kube-proxy names its chains by; not for secrets. */
export function sha256(text: string): Uint8Array {
  const message = padded(Uint8Array.from(text, (character) => character.charCodeAt(0)))
  const state = Uint32Array.from(INITIAL)
  const w = new Uint32Array(64)
  for (let offset = 0; offset < message.length; offset += 64) compress(state, w, message, offset)
  const out = new Uint8Array(32)
  const view = new DataView(out.buffer)
  for (const [i, word] of state.entries()) view.setUint32(i * 4, word)
  return out
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64)
  out.set(bytes)
  out[bytes.length] = 0x80
  new DataView(out.buffer).setUint32(out.length - 4, bytes.length * 8)
  return out
}

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n))
const at = (list: Uint32Array, i: number): number => list[i] as number

function compress(state: Uint32Array, w: Uint32Array, message: Uint8Array, offset: number): void {
  const view = new DataView(message.buffer, offset, 64)
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(i * 4)
  for (let i = 16; i < 64; i++) {
    const [x, y] = [at(w, i - 15), at(w, i - 2)]
    w[i] = at(w, i - 16) + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + at(w, i - 7) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + at(ROUND, i) + at(w, i)) | 0
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0]
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + value
}

const PRIMES = firstPrimes(64)
/** First 32 bits of the fractional parts of the primes' square and cube roots. */
const INITIAL = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
const ROUND = Uint32Array.from(PRIMES.map((prime) => fraction(Math.cbrt(prime))))

function fraction(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32) >>> 0
}

function firstPrimes(count: number): readonly number[] {
  const out: number[] = []
  for (let n = 2; out.length < count; n++) if (out.every((prime) => n % prime !== 0)) out.push(n)
  return out
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** portProtoHash() of pkg/proxy/iptables: the 16 letters behind KUBE-SVC-. `servicePort` is `namespace/name:port`, `protocol` in small letters. */
export function servicePortHash(servicePort: string, protocol: string): string {
  const bytes = sha256(servicePort + protocol)
  let bits = 0n
  for (const byte of bytes.slice(0, 10)) bits = (bits << 8n) | BigInt(byte)
  let out = ''
  for (let shift = 75n; shift >= 0n; shift -= 5n) out += BASE32[Number((bits >> shift) & 31n)]
  return out
}
