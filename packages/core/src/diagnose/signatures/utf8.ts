/** UTF-8 of a text; core has no TextEncoder of its own. A surrogate without its other half becomes `?`. */
export function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let size = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes[size++] = code
    else if (code < 0x800) {
      bytes[size++] = 0xc0 | (code >> 6)
      bytes[size++] = 0x80 | (code & 63)
    } else if (code >= 0xd800 && code < 0xe000) bytes[size++] = 63
    else {
      bytes[size++] = 0xe0 | (code >> 12)
      bytes[size++] = 0x80 | ((code >> 6) & 63)
      bytes[size++] = 0x80 | (code & 63)
    }
  }
  return bytes.subarray(0, size)
}

/** A line of UTF-8; bytes that are none become U+FFFD, and so do characters beyond the basic plane. */
export function textOfBytes(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] as number
    if (byte < 0x80) {
      text += String.fromCharCode(byte)
      i++
      continue
    }
    const length = byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 1
    const more = [...bytes.subarray(i + 1, i + length)]
    const whole = length > 1 && more.length === length - 1 && more.every((one) => (one & 0xc0) === 0x80)
    const code = more.reduce((value, one) => (value << 6) | (one & 63), byte & (0xff >> (length + 1)))
    text += whole && length < 4 ? String.fromCharCode(code) : '\ufffd'
    i += whole ? length : 1
  }
  return text
}
