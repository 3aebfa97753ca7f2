import { NEED_PROTOCOLS, NEED_SOURCES, type RoleBook } from '@culprit/core/repair/firewall/needs'
import { z } from 'zod'
import { CliError, EXIT } from '../cli/exit.ts'
import { loadKnowledge } from '../cli/knowledge.ts'

const name = z.string().min(1)
const only = z.record(name, z.array(z.string()).min(1)).optional()
const port = z.union([z.number().int(), z.string().regex(/^\d{1,5}-\d{1,5}$/)]).transform(String)

/** knowledge/roles.yaml. */
export const rolesFile = z.strictObject({
  variables: z.record(name, z.array(name).min(1)),
  defaults: z.record(name, z.string()),
  roles: z
    .array(
      z.strictObject({
        id: name,
        title: name,
        groups: z.array(name).min(1),
        admits: z
          .array(
            z.strictObject({
              port: port.optional(),
              protocol: z.enum(NEED_PROTOCOLS),
              from: z.enum(NEED_SOURCES),
              what: name,
              variable: name.optional(),
              only,
            }),
          )
          .min(1),
        trusts: z.array(z.strictObject({ interface: name, what: name, only })).default([]),
      }),
    )
    .min(1),
})

/** What hosts must admit by their roles; what is wrong with the file is culprit's own fault. */
export function loadRoles(): RoleBook {
  const { file, data } = loadKnowledge('roles.yaml')
  const read = rolesFile.safeParse(data)
  if (!read.success) throw new CliError(EXIT.internal, `${file}: ${z.prettifyError(read.error)}`)
  return read.data
}
