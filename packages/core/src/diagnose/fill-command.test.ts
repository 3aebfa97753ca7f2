import { expect, test } from 'vitest'
import { filled } from './fill-command.ts'
import type { Symptom } from './scene.ts'

const tried = (from: string, to: string): Symptom => ({ observation: 'o1', request: { from, to }, result: 'timeout', outcomes: [] })

test.each([
  ['ip route get ADDRESS', tried('outside', '172.17.0.4:5678/tcp'), 'ip route get 172.17.0.4'],
  ['ip route get ADDRESS from SOURCE', tried('10.1.0.7', '172.17.0.4:5678/tcp'), 'ip route get 172.17.0.4 from 10.1.0.7'],
  ['kubectl get service -n NAMESPACE SERVICE', tried('outside', 'svc/logging/grafana:80'), 'kubectl get service -n logging grafana'],
  ['kubectl exec -n NAMESPACE POD -- ss', tried('outside', 'pod/logging/g-0:80'), 'kubectl exec -n logging g-0 -- ss'],
  ['kubectl logs KUBE-PROXY-POD', tried('outside', 'pod/logging/g-0:80'), 'kubectl logs KUBE-PROXY-POD'],
  ['kubectl get pod POD', tried('outside', 'svc/logging/grafana:80'), 'kubectl get pod POD'],
  ['kubectl get service SERVICE', tried('outside', 'svc/logging/$(reboot):80'), 'kubectl get service SERVICE'],
  ['ip route get ADDRESS', undefined, 'ip route get ADDRESS'],
])('%s', (command, symptom, want) => expect(filled(command, symptom)).toBe(want))
