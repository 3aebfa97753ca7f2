/** Bob Jenkins' hash as include/linux/jhash.h has it: `words` are 32-bit values in the machine's own order. */
export function jhash2(words: readonly number[], initial: number): number {
  let a = (0xdeadbeef + (words.length << 2) + initial) | 0
  let b = a
  let c = a
  let i = 0
  let left = words.length
  const word = (at: number) => words[at] ?? 0
  while (left > 3) {
    a = (a + word(i)) | 0
    b = (b + word(i + 1)) | 0
    c = (c + word(i + 2)) | 0
    ;[a, b, c] = mix(a, b, c)
    left -= 3
    i += 3
  }
  if (left === 0) return c >>> 0
  if (left === 3) c = (c + word(i + 2)) | 0
  if (left >= 2) b = (b + word(i + 1)) | 0
  a = (a + word(i)) | 0
  return final(a, b, c)
}

const rol = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

function mix(x: number, y: number, z: number): [number, number, number] {
  let [a, b, c] = [x, y, z]
  a = (a - c) ^ rol(c, 4)
  c = (c + b) | 0
  b = (b - a) ^ rol(a, 6)
  a = (a + c) | 0
  c = (c - b) ^ rol(b, 8)
  b = (b + a) | 0
  a = (a - c) ^ rol(c, 16)
  c = (c + b) | 0
  b = (b - a) ^ rol(a, 19)
  a = (a + c) | 0
  c = (c - b) ^ rol(b, 4)
  b = (b + a) | 0
  return [a, b, c]
}

function final(x: number, y: number, z: number): number {
  let [a, b, c] = [x, y, z]
  c = ((c ^ b) - rol(b, 14)) | 0
  a = ((a ^ c) - rol(c, 11)) | 0
  b = ((b ^ a) - rol(a, 25)) | 0
  c = ((c ^ b) - rol(b, 16)) | 0
  a = ((a ^ c) - rol(c, 4)) | 0
  b = ((b ^ a) - rol(a, 14)) | 0
  c = ((c ^ b) - rol(b, 24)) | 0
  return c >>> 0
}
