import type { Permission } from '../config/repair.ts'
import type { ExaminedFault, ExaminedOption } from '../examine/exchange.ts'
import type { Incident, IncidentCause } from '../incident.ts'

/** A repair that the configuration allows for a cause that was found. */
export interface Chosen {
  readonly permission: Permission
  readonly cause: IncidentCause
  /** undefined: the permission names a runbook. */
  readonly option: ExaminedOption | undefined
}

/** What may be done for an incident: the first permission, in the configuration's order, for the likeliest cause that has one; else why nothing may. */
export function choose(
  permissions: readonly Permission[],
  incident: Pick<Incident, 'criterion' | 'causes'>,
  fault: Pick<ExaminedFault, 'options' | 'recommended'> | undefined,
): Chosen | { readonly why: string } {
  let why = incident.causes.length === 0 ? 'no cause was found' : 'no permission names a cause that was found'
  for (const cause of incident.causes)
    for (const permission of permissions) {
      const { causes, criteria, status } = permission
      if (!causes.includes(cause.id) || (criteria !== undefined && !criteria.includes(incident.criterion.name))) continue
      if (cause.status !== 'proved' && !(status === 'supported' && cause.status === 'supported')) {
        why = `${permission.name}: ${cause.id} is ${cause.status}, and not ${status}`
        continue
      }
      if (permission.option === undefined) return { permission, cause, option: undefined }
      const option = optionOf(permission, cause, fault)
      if ('id' in option) return { permission, cause, option }
      why = `${permission.name}: ${option.why}`
    }
  return { why }
}

const RISKS = ['low', 'medium', 'high'] as const

function optionOf(
  { option: wanted, risk }: Permission,
  cause: IncidentCause,
  fault: Pick<ExaminedFault, 'options' | 'recommended'> | undefined,
): ExaminedOption | { readonly why: string } {
  const id = wanted === 'recommended' ? fault?.recommended : wanted
  const option = fault?.options.find((one) => one.id === id)
  if (!option) return { why: wanted === 'recommended' ? 'the diagnosis recommends nothing' : `the diagnosis has no option ${wanted}` }
  if (option.cause !== cause.id) return { why: `the option ${option.id} is for ${option.cause}` }
  if (RISKS.indexOf(option.risk) > RISKS.indexOf(risk)) return { why: `the risk of ${option.id} is ${option.risk}` }
  if (option.repairs !== true) return { why: `the model does not prove that ${option.id} repairs it` }
  return option.breaks > 0 ? { why: `${option.id} breaks ${option.breaks} flows in the model` } : option
}
