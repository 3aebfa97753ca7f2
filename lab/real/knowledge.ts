import { readFileSync } from 'node:fs'
import { readCauses } from '@culprit/core/diagnose/causes/book'
import type { Knowledge } from '@culprit/core/diagnose/diagnose'
import { readOwners } from '@culprit/core/netfilter/owners/book'
import { parse } from 'yaml'

/** knowledge/, from the sources and from dist/. */
const FOLDER = import.meta.url.includes('/dist/') ? '../../../knowledge/' : '../../knowledge/'
const read = (name: string): unknown => parse(readFileSync(new URL(FOLDER + name, import.meta.url), 'utf8'))

export const knowledge = (): Knowledge => ({ owners: readOwners(read('owners.yaml')).book, causes: readCauses(read('causes.yaml')).book })
