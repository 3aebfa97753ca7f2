import { readIpRoute } from '../../parse/ip/route.ts'
import { readIpRule } from '../../parse/ip/rule.ts'
import { defaultRules } from '../tables.ts'
import type { Change } from './change.ts'
import { ASSUMED, type Editor, isShown } from './editor.ts'

type RoutingChange = Extract<Change, { kind: 'route-added' | 'route-removed' | 'routing-rule-added' | 'routing-rule-removed' }>

/** Changes of routing tables and of the rules that choose among them. */
export function changeRouting(editor: Editor, change: RoutingChange): Editor {
  switch (change.kind) {
    case 'route-added': {
      const routes = readIpRoute(change.text, ASSUMED).facts
      editor.editOne('ip-route', change.at, (content) => ({ ...content, routes: [...content.routes, ...routes] }))
      return editor.changed ? editor : editor.add(change.at, { kind: 'ip-route', routes, complete: false })
    }
    case 'route-removed':
      return editor.edit('ip-route', undefined, (content) => {
        const routes = content.routes.filter((route) => !isShown(route, change.route))
        return routes.length === content.routes.length ? content : { ...content, routes }
      })
    case 'routing-rule-added': {
      const rules = readIpRule(change.text, ASSUMED, change.family).facts
      // Where no rules were captured a namespace has the kernel's own.
      editor.editOne('ip-rule', change.at, (content) => ({ ...content, rules: [...content.rules, ...rules] }))
      return editor.changed ? editor : editor.add(change.at, { kind: 'ip-rule', rules: [...defaultRules(change.family), ...rules] })
    }
    case 'routing-rule-removed':
      return editor.edit('ip-rule', undefined, (content) => {
        const rules = content.rules.filter((rule) => !isShown(rule, change.rule))
        return rules.length === content.rules.length ? content : { ...content, rules }
      })
  }
}
