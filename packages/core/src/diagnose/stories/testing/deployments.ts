import type { CauseId } from '../../causes/ids.ts'
import type { Story } from '../../testing/story.ts'

/** What a deployment prints, pasted; and what it prints where that is not wrong, or something else is. */
const printed = (name: string, cause: CauseId, output: string, near: string, instead?: CauseId): Story => ({
  name,
  causes: [cause],
  status: 'supported',
  files: { 'notes.md': pasted(output) },
  near: { files: { 'notes.md': pasted(near) }, ...(instead ? { instead } : {}) },
})
const pasted = (output: string): string => `The deployment stops here:\n\n\`\`\`\n${output}\n\`\`\`\n`

export const DEPLOYMENTS: readonly Story[] = [
  printed(
    'an earlier run was never finished',
    'deploy.leftover-state',
    '$ helm upgrade web ./web\nError: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
    '$ helm upgrade web ./web\nRelease "web" has been upgraded. Happy Helming!',
  ),
  printed(
    "the tool's own services are not up yet",
    'deploy.not-ready',
    "cfg - Failed to get bundle configurations: HTTPConnectionPool(host='api-products', port=8060): Max retries exceeded with url: /products (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7fc110bef0f0>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    'cfg - got 12 bundle configurations from api-products:8060',
  ),
  printed(
    'the deployment user has no key there',
    'deploy.ssh',
    'fatal: [node2]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: Permission denied (publickey,password).", "unreachable": true}',
    'ok: [node2]\n\nPLAY RECAP *********\nnode2 : ok=1 changed=0 unreachable=0 failed=0',
  ),
  printed(
    'a package transaction was not finished',
    'deploy.package-manager',
    'fatal: [node1]: FAILED! => {"changed": false, "msg": "The following packages have pending transactions: docker-ce-18.03"}',
    'changed: [node1] => (item=docker-ce-18.03)',
  ),
  printed(
    'the package is in no repository',
    'deploy.package-missing',
    'fatal: [node1]: FAILED! => {"msg": "No package matching \'kubelet-1.20.1\' found available, installed or updated"}',
    'changed: [node1] => (item=kubelet-1.20.1)',
  ),
  printed(
    'two packages contend for one place',
    'deploy.package-conflict',
    'Error: docker-ce-cli conflicts with 2:docker-1.13.1-209.git7d71120.el7.x86_64',
    "No package matching 'docker-ce-cli' found available, installed or updated",
    'deploy.package-missing',
  ),
  printed(
    'the network service fails',
    'deploy.network-service',
    'Unable to start service network: Job for network.service failed because the control process exited with error code. See "systemctl status network.service" and "journalctl -xe" for details.',
    'Restarted service network',
  ),
  printed(
    'the chart is not in the index',
    'deploy.helm-repo',
    'Error: failed to download "helm_repo/etcd" (hint: running `helm repo update` may help)',
    'Hang tight while we grab the latest from your chart repositories...\n...Successfully got an update from the "helm_repo" chart repository',
  ),
  printed(
    'a template is malformed',
    'deploy.chart',
    '$ helm lint web\n==> Linting web\n[ERROR] templates/: parse error at (web/templates/svc.yaml:7): function "quot" not defined\n\nError: 1 chart(s) linted, 1 chart(s) failed',
    '$ helm lint web\n==> Linting web\n[INFO] Chart.yaml: icon is recommended\n\n1 chart(s) linted, 0 chart(s) failed',
  ),
  printed(
    'the controller refuses a hand-made port',
    'deploy.gitops-conflict',
    '$ kubectl patch svc web -p "$PORTS"\nThe Service "web" is invalid: spec.ports[1].name: Duplicate value: "http"',
    '$ kubectl patch svc web -p "$PORTS"\nservice/web patched',
  ),
]
