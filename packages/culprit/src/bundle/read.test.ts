import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { packTar } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entryName } from './entry-name.ts'
import type { Limits } from './limits.ts'
import { readEvidence } from './read.ts'

type Entry = Parameters<typeof packTar>[0][number]

const RULES = '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'
const file = (name: string, body: string | Uint8Array = RULES): Entry => ({
  header: { name, size: typeof body === 'string' ? Buffer.byteLength(body) : body.length },
  body,
})

async function* stream(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

const fromStdin = (bytes: Uint8Array, limits: Partial<Limits> = {}) => readEvidence(['-'], { stdin: stream(bytes), limits })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'culprit-evidence-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('archives', () => {
  it('reads a tar and a gzipped tar in memory', async () => {
    const tar = await packTar([
      { header: { name: 'hosts/', size: 0, type: 'directory' } },
      file('hosts/H/iptables-save.txt'),
      file('./cluster/pods.yaml', 'kind: List\n'),
    ])
    for (const bytes of [tar, gzipSync(tar)]) {
      const { files, errors } = await fromStdin(bytes)
      expect(errors).toEqual([])
      expect(files.map(({ path, text, root }) => [path, text, root])).toEqual([
        ['hosts/H/iptables-save.txt', RULES, 'host'],
        ['cluster/pods.yaml', 'kind: List\n', 'host'],
      ])
    }
  })

  it.each([
    ['../evil', 'leaves the archive'],
    ['hosts/../../evil', 'leaves the archive'],
    ['/etc/passwd', 'absolute path'],
    ['C:/windows', 'drive letter'],
    ['hosts\\..\\..\\evil', 'leaves the archive'],
    ['\\\\server\\share', 'absolute path'],
    ['hosts\\evil', 'backslash'],
  ])('refuses an entry named %s, names archive and entry, and keeps the rest', async (name, why) => {
    const path = join(folder, 'evil.tar')
    await writeFile(path, await packTar([file(name), file('hosts/H/iptables-save.txt')]))
    const before = await readdir(folder)
    const { files, errors } = await readEvidence([path])
    expect(files.map((one) => one.path)).toEqual(['hosts/H/iptables-save.txt'])
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ kind: 'evidence-error', file: `${path}: ${name}` })
    expect(errors[0]?.text).toContain(why)
    expect(await readdir(folder)).toEqual(before)
  })

  it.each(['symlink', 'link', 'fifo', 'character-device', 'block-device'] as const)('refuses an entry that is a %s', async (type) => {
    const { files, errors } = await fromStdin(
      await packTar([{ header: { name: 'hosts/H/ss.txt', size: 0, type, linkname: '/etc/shadow' } }, file('hosts/H/sysctl.txt')]),
    )
    expect(files.map((one) => one.path)).toEqual(['hosts/H/sysctl.txt'])
    expect(errors).toHaveLength(1)
    expect(errors[0]?.file).toBe('-: hosts/H/ss.txt')
  })

  it('refuses a name that occurs twice', async () => {
    const { files, errors } = await fromStdin(await packTar([file('a.txt', 'one'), file('./a.txt', 'two')]))
    expect(files.map((one) => one.text)).toEqual(['one'])
    expect(errors[0]?.text).toContain('twice')
  })

  it('stops at the number of entries', async () => {
    const { files, errors } = await fromStdin(await packTar(Array.from({ length: 20 }, (_, i) => file(`${i}.txt`))), { entries: 10 })
    expect(files).toHaveLength(10)
    expect(errors[0]?.text).toContain('more than 10 entries')
  })

  it('stops a gzip bomb at the limit', async () => {
    const bomb = gzipSync(Buffer.from('-A FORWARD -j ACCEPT\n'.repeat(200_000)))
    const { files, errors } = await fromStdin(bomb, { unpackedBytes: 1_000_000 })
    expect(files).toEqual([])
    expect(errors[0]?.text).toContain('unpacks to more than')
  })

  it('refuses a file over the limit and reads the next one', async () => {
    const { files, errors } = await fromStdin(
      await packTar([file('big.txt', `*filter\n${'-A FORWARD -j ACCEPT\n'.repeat(10_000)}`), file('small.txt')]),
      {
        wholeBytes: 10_000,
        fileBytes: 50_000,
      },
    )
    expect(files.map((one) => one.path)).toEqual(['small.txt'])
    expect(errors[0]).toMatchObject({ file: '-: big.txt', text: expect.stringContaining('longer than') })
  })

  it('names an archive that breaks off, and keeps what came before', async () => {
    const tar = await packTar([file('a.txt'), file('b.txt', 'x'.repeat(5000))])
    for (const cut of [tar.subarray(0, 2500), gzipSync(tar).subarray(0, -20)]) {
      const path = join(folder, 'cut.tgz')
      await writeFile(path, cut)
      const { files, errors } = await readEvidence([path])
      expect(files.map((one) => one.path)).not.toContain('b.txt')
      expect(errors[0]?.file).toBe(path)
    }
  })

  it('neither fails nor hangs on damaged archives', async () => {
    const tar = await packTar([file('hosts/H/iptables-save.txt'), file('hosts/H/ss.txt', 'x'.repeat(2000))])
    const zipped = gzipSync(tar)
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat(), async (gzip, changes, cut) => {
        const bytes = Buffer.from(gzip ? zipped : tar)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const { files } = await fromStdin(bytes.subarray(0, 1 + (cut % bytes.length)), { unpackedBytes: 10_000_000 })
        for (const one of files) expect(one.path.split('/')).not.toContain('..')
      }),
      { numRuns: 200 },
    )
  })
})

describe('entry names', () => {
  it('what is accepted stays inside', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('..', '.', '', 'a', 'b c', '\\', '..\\', 'C:', '\0', '…')), (parts) => {
        const name = entryName(parts.join('/'))
        if (name.kind === 'refused') return
        expect(name.path.startsWith('/')).toBe(false)
        expect(name.path.split(/[/\\]/)).not.toContain('..')
      }),
    )
  })
})

describe('folders', () => {
  it('refuses links that leave the folder, fifos and dead links, and opens none of them', async () => {
    const bundle = join(folder, 'bundle')
    await mkdir(join(bundle, 'hosts/H'), { recursive: true })
    await writeFile(join(bundle, 'hosts/H/iptables-save.txt'), RULES)
    await writeFile(join(folder, 'secret.txt'), 'secret')
    await symlink(join(folder, 'secret.txt'), join(bundle, 'hosts/H/ss.txt'))
    await symlink('/dev/zero', join(bundle, 'hosts/H/zero.txt'))
    await symlink('nowhere', join(bundle, 'hosts/H/dead.txt'))
    await symlink('..', join(bundle, 'hosts/circle'))
    execFileSync('mkfifo', [join(bundle, 'hosts/H/fifo.txt')])
    const { files, errors, notes } = await readEvidence([bundle])
    expect(files.map(({ path, root }) => [path, root])).toEqual([['hosts/H/iptables-save.txt', 'bundle']])
    expect(errors.map((error) => error.file.slice(bundle.length + 1)).sort()).toEqual([
      'hosts/H/dead.txt',
      'hosts/H/fifo.txt',
      'hosts/H/ss.txt',
      'hosts/H/zero.txt',
    ])
    expect(notes.map((note) => note.file)).toEqual([join(bundle, 'hosts/circle')])
  })

  it('puts several bundles under their names', async () => {
    for (const name of ['before', 'after']) {
      await mkdir(join(folder, name, 'hosts/H'), { recursive: true })
      await writeFile(join(folder, name, 'hosts/H/iptables-save.txt'), RULES)
    }
    const { files } = await readEvidence([join(folder, 'before'), join(folder, 'after')])
    expect(files.map((one) => one.path)).toEqual(['before/hosts/H/iptables-save.txt', 'after/hosts/H/iptables-save.txt'])
  })

  it('says what is wrong with a path that is not there, a fifo, a device', async () => {
    const { errors } = await readEvidence([join(folder, 'nowhere'), '/dev/zero'])
    expect(errors.map((error) => error.text)).toEqual(['cannot be read: no such file or folder', 'refused: it is a device'])
  })
})

describe('single files', () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['UTF-8 with byte order mark', Buffer.from('\ufeff# ü\n'), '# ü\n'],
    ['UTF-16 little endian', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('# ü\n', 'utf16le')]), '# ü\n'],
    ['UTF-16 big endian', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('# ü\n', 'utf16le').swap16()]), '# ü\n'],
    ['Latin-1', Buffer.from('größe übel äöü\n', 'latin1'), 'größe übel äöü\n'],
    ['gzipped', gzipSync(RULES), RULES],
  ]
  it.each(cases)('decodes %s', async (_, bytes, text) => {
    const path = join(folder, 'single.txt.gz')
    await writeFile(path, bytes)
    expect((await readEvidence([path])).files.map((one) => one.text)).toEqual([text])
  })

  it('keeps a capture as bytes and leaves other binary data with a note', async () => {
    const pcap = Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0])
    const { files, notes } = await fromStdin(await packTar([file('a.pcap', pcap), file('b.bin', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1]))]))
    expect(files.map(({ path, text, bytes }) => [path, text, bytes?.length])).toEqual([['a.pcap', '', 8]])
    expect(notes[0]).toMatchObject({ file: '-: b.bin', text: expect.stringContaining('ELF') })
  })

  it('reads beginning and end of a long log, from disk and from a stream alike', async () => {
    const line = (i: number) => `2026-11-21T03:49:31Z host dockerd: line ${i}\n`
    const log = Buffer.from(Array.from({ length: 5000 }, (_, i) => line(i)).join(''))
    const path = join(folder, 'dockerd.txt')
    await writeFile(path, log)
    const limits = { wholeBytes: 20_000, headBytes: 2000, tailBytes: 4000 }
    for (const tree of [await readEvidence([path], { limits }), await fromStdin(log, limits)]) {
      const [one] = tree.files
      expect(one?.size).toBe(log.length)
      expect(one?.truncated).toEqual({ keptBytes: 6000, ofBytes: log.length })
      expect(one?.text.startsWith(line(0))).toBe(true)
      expect(one?.text.endsWith(line(4999))).toBe(true)
      expect(one?.text.split('\n').every((l) => l === '' || /^2026.* line \d+$/.test(l))).toBe(true)
      expect(tree.notes[0]?.text).toContain('its first')
    }
  })
})
