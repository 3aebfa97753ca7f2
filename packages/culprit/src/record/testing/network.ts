import { execFileSync } from 'node:child_process'

/** Three namespaces a – r – b, with a Service on r that leads to b: `10.96.0.10:80` becomes `10.2.0.2:8080`. */
export interface TestNetwork {
  readonly router: string
  readonly client: string
  readonly server: string
  /** Sends a TCP SYN from the client, and waits for what comes of it. */
  connect(to: string, port: number): string
  /** All that a recording could have changed on the router. */
  state(): string
  remove(): void
}

const RULES = `*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 443 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:SVC - [0:0]
-A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j SVC
-A SVC -p tcp -m tcp -j DNAT --to-destination 10.2.0.2:8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -s 10.9.0.0/16 -j DROP
-A FORWARD -p tcp -m tcp --dport 8080 -j ACCEPT
COMMIT
`

const NFT = `table ip shop {
  chain services { type nat hook prerouting priority -100; ip daddr 10.96.0.10 tcp dport 80 dnat to 10.2.0.2:8080; }
  chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept; ip saddr 10.9.0.0/16 drop; tcp dport 8080 accept; }
}
`

/** @param backend whose rules the router has */
export function makeNetwork(prefix: string, backend: 'nft' | 'iptables-nft' | 'iptables-legacy'): TestNetwork {
  const [a, r, b] = ['a', 'r', 'b'].map((name) => `${prefix}${name}`) as [string, string, string]
  const run = (argv: readonly string[], input = ''): string =>
    execFileSync(argv[0] as string, argv.slice(1), { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'ignore'] })
  const at = (ns: string, ...argv: string[]): string => run(['nsenter', `--net=/run/netns/${ns}`, ...argv])
  for (const name of [a, r, b]) run(['ip', 'netns', 'add', name])
  for (const name of [a, r, b]) run(['ip', '-n', name, 'link', 'set', 'lo', 'up'])
  const link = (ns: string, port: string, net: number): void => {
    run(['ip', 'link', 'add', 'eth0', 'netns', ns, 'type', 'veth', 'peer', 'name', port, 'netns', r])
    run(['ip', '-n', ns, 'addr', 'add', `10.${net}.0.2/24`, 'dev', 'eth0'])
    run(['ip', '-n', r, 'addr', 'add', `10.${net}.0.1/24`, 'dev', port])
    run(['ip', '-n', ns, 'link', 'set', 'eth0', 'up'])
    run(['ip', '-n', r, 'link', 'set', port, 'up'])
    run(['ip', '-n', ns, 'route', 'add', 'default', 'via', `10.${net}.0.1`])
  }
  link(a, 'ea', 1)
  link(b, 'eb', 2)
  at(r, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  if (backend === 'nft') run(['nsenter', `--net=/run/netns/${r}`, 'nft', '-f', '-'], NFT)
  else run(['nsenter', `--net=/run/netns/${r}`, `${backend}-restore`], RULES)
  const shell = (script: string): string => at(r, 'sh', '-c', `${script}; true`)
  return {
    router: r,
    client: a,
    server: b,
    connect: (to, port) => at(a, 'python3', '-c', CONNECT, to, String(port)).trim(),
    state: () =>
      run(['ip', 'netns', 'pids', r]) +
      shell(
        `nft -s list ruleset 2>/dev/null; iptables-legacy-save 2>/dev/null | sed -e /^#/d -e 's/\\[.*//'; sysctl -a --pattern '^net.netfilter.nf_log|^net.ipv4' 2>/dev/null; ls /tmp /run | grep culprit_`,
      ),
    remove: () => {
      for (const name of [a, r, b]) run(['ip', 'netns', 'del', name])
    },
  }
}

const CONNECT = `import socket, sys
s = socket.socket(); s.settimeout(0.5)
try: s.connect((sys.argv[1], int(sys.argv[2]))); print('connects')
except OSError as e: print(e)`
