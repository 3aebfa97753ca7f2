import { NODE } from '../../testing/kubernetes-node.ts'
import { kube } from '../../testing/scene.ts'
import { changed, type Story } from '../../testing/story.ts'

const h = (more: Parameters<typeof changed>[2]) => changed(NODE, 'h', more)
const rules = (iptables: string) => h({ iptables })
const healthy = NODE
const OUTSIDE = 'outside 192.168.50.10 -> 192.168.50.5:30080/tcp'
const SERVICE = 'netns/h/p1 -> 10.96.10.10:80/tcp'

const web = (spec: object, selector: object = { app: 'web' }) =>
  kube('Service', 'web', {
    spec: {
      clusterIP: '10.96.10.10',
      type: 'NodePort',
      selector,
      ports: [{ name: 'http', port: 80, targetPort: 80, nodePort: 30080, protocol: 'TCP' }],
      ...spec,
    },
  })
const list = (...items: object[]) => ({ apiVersion: 'v1', kind: 'List', items })
const pods = list(
  kube(
    'Pod',
    'p1',
    {
      spec: { nodeName: 'h', containers: [{ name: 'c', image: 'a' }] },
      status: { phase: 'Running', podIP: '10.244.0.2', podIPs: [{ ip: '10.244.0.2' }], conditions: [{ type: 'Ready', status: 'True' }] },
    },
    { labels: { app: 'client' } },
  ),
  kube(
    'Pod',
    'p2',
    {
      spec: { nodeName: 'h', containers: [{ name: 'c', image: 'a', ports: [{ name: 'http', containerPort: 80 }] }] },
      status: { phase: 'Running', podIP: '10.244.0.3', podIPs: [{ ip: '10.244.0.3' }], conditions: [{ type: 'Ready', status: 'True' }] },
    },
    { labels: { app: 'web' } },
  ),
)
const endpoints = (...ips: string[]) =>
  list(
    kube('Endpoints', 'web', {
      subsets: ips.length ? [{ addresses: ips.map((ip) => ({ ip })), ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }] : [],
    }),
  )
const NO_ENDPOINTS = `
  *nat
  - -A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
  *filter
  -A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable`

export const NODE_SERVICES: readonly Story[] = [
  { name: 'no endpoints', causes: ['service.no-endpoints'], machines: rules(NO_ENDPOINTS), tried: SERVICE, symptom: 'refused', healthy },
  {
    name: 'the selector matches nobody',
    causes: ['service.selector'],
    machines: rules(NO_ENDPOINTS),
    files: { 'cluster/services.json': list(web({}, { app: 'wbe' })), 'cluster/pods.json': pods, 'cluster/endpoints.json': endpoints() },
    tried: SERVICE,
    symptom: 'refused',
    healthy,
    healthyFiles: { 'cluster/services.json': list(web({})), 'cluster/pods.json': pods, 'cluster/endpoints.json': endpoints('10.244.0.3') },
  },
  {
    name: 'targetPort of no process',
    causes: ['service.target-port'],
    machines: rules(
      '*nat\n- -A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.3:80\n-A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.3:8000',
    ),
    tried: SERVICE,
    symptom: 'refused',
    healthy,
  },
  {
    name: 'a port that the Service has not',
    causes: ['service.port'],
    machines: NODE,
    tried: 'netns/h/p1 -> 10.96.10.10:8080/tcp',
    symptom: 'timeout',
    healthy: rules('*nat\n-A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m tcp --dport 8080 -j KUBE-SVC-LOLE4ISW44XBNF3G'),
  },
  {
    name: 'traffic policy Local, and the endpoint elsewhere',
    causes: ['service.traffic-policy'],
    machines: rules(
      '*nat\n- -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G\n*filter\n-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web:http has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP',
    ),
    tried: OUTSIDE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'traffic policy Local by the objects alone',
    causes: ['service.traffic-policy'],
    machines: rules(
      '*nat\n- -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web:http" -m tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G',
    ),
    files: {
      'cluster/services.json': list(web({ externalTrafficPolicy: 'Local' })),
      'cluster/pods.json': pods,
      'cluster/endpointslices.json': list({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.244.1.9'], conditions: { ready: true }, nodeName: 'other' }],
      }),
    },
    tried: OUTSIDE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: 'kube-proxy made no rules',
    causes: ['service.proxy-stale'],
    machines: rules(
      '*nat\n- -A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
    ),
    files: { 'cluster/services.json': list(web({})), 'cluster/pods.json': pods, 'cluster/endpoints.json': endpoints('10.244.0.3') },
    tried: SERVICE,
    symptom: 'timeout',
    healthy,
  },
  {
    name: "kube-proxy's rules know the former pod",
    causes: ['service.proxy-stale', 'nat.stale-target'],
    machines: changed(
      rules(
        '*nat\n- -A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.3:80\n-A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.77:80',
      ),
      'h',
      {},
    ),
    files: { 'cluster/services.json': list(web({})), 'cluster/pods.json': pods, 'cluster/endpoints.json': endpoints('10.244.0.3') },
    tried: SERVICE,
    symptom: 'unreachable',
    healthy,
  },
  {
    name: 'the former pod, no objects, and the same port over UDP',
    causes: ['nat.stale-target', 'service.proxy-stale'],
    machines: changed(
      rules(
        '*nat\n- -A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.3:80\n-A KUBE-SERVICES -d 10.96.10.10/32 -p udp -m comment --comment "default/web:quic cluster IP" -m udp --dport 80 -j KUBE-SVC-BOLE4ISW44XBNF3G\n:KUBE-SVC-BOLE4ISW44XBNF3G - [0:0]\n-A KUBE-SEP-RVNS6AQMCN676BWJ -p tcp -m comment --comment "default/web:http" -m tcp -j DNAT --to-destination 10.244.0.77:80',
      ),
      'h',
      {},
    ),
    tried: SERVICE,
    symptom: 'unreachable',
    healthy,
  },
]
