/** A shell prompt and the command behind it. */
export interface Prompt {
  /** Host as the prompt shows it; undefined for a bare `$`. */
  readonly host: string | undefined
  /** The prompt itself, to know the outer shell again. */
  readonly prompt: string
  readonly command: string
  /** Nothing but a shell session looks like this. */
  readonly sure: boolean
}

const KNOWN =
  /^(?:sudo\s+(?:-\S+\s+)*)?(?:\/\S*\/)?(?:ip6?tables(?:-\w+)*|ebtables(?:-save)?|nft|ipset|ip|bridge|sysctl|ss|netstat|conntrack|docker|podman|nerdctl|kubectl|oc|k3s|microk8s|k0s|minikube|kind|crictl|ctr|cat|less|head|tail|grep|egrep|ls|ssh|nsenter|curl|wget|ping6?|nc|ncat|telnet|dig|nslookup|host|traceroute|tracepath|mtr|tcpdump|tshark|ufw|firewall-cmd|journalctl|dmesg|systemctl|service|ipvsadm|ethtool|arp|arping|route|ifconfig|hostname|uname|lsmod|modprobe|xtables-monitor|calicoctl|cilium|flanneld|helm|exit|for|while|getent|nstat|brctl|lsns|chroot|unshare|virsh|lxc|incus|vagrant|echo|date|watch|timeout|time|strace|python3?|kubeadm|su|sh|bash|docker-compose|netcat|fping|nmap|openssl|psql|pg_isready|mysql|mariadb|redis-cli|mongosh?|grpcurl|git|apt|apt-get|yum|dnf|apk|pip3?|npm|nginx)(?=\s|$|;|\|)/

/** Words that a program prints, not that a person types. */
const PRINTED = /^(?:\S+ v\d|\S+: )/

export const isKnownCommand = (text: string): boolean => KNOWN.test(text) && !PRINTED.test(text)

const FORMS: readonly { readonly pattern: RegExp; readonly host: number; readonly command: number; readonly sure: boolean }[] = [
  // user@host:~/path$ command · [user@host path]# command · user@host ~ $ command
  { pattern: /^(\(?[\w.-]*\)?\s?\[?[\w.+-]+@([\w.-]+)(?:[: ][^#$%>]{0,200})?\]?\s?[#$%>])\s+(\S.*)$/, host: 2, command: 3, sure: true },
  // bash-5.1# command · sh-4.4$ command
  { pattern: /^((?:ba|z|a)?sh-\d[\w.]*[#$])\s+(\S.*)$/, host: 0, command: 2, sure: true },
  // node1# command · node1:~ # command · node1:/ $ command
  { pattern: /^(([A-Za-z][\w.-]{1,62})(?::[\w~/.-]*)?\s?[#$])\s+(\S.*)$/, host: 2, command: 3, sure: false },
  // openSUSE: node1:~> command
  { pattern: /^(([A-Za-z][\w.-]{1,62}):[~/][\w~/.-]{0,100}>)\s+(\S.*)$/, host: 2, command: 3, sure: false },
  // ~# command
  { pattern: /^(~[\w/.-]{0,100}[#$])\s+(\S.*)$/, host: 0, command: 2, sure: false },
  // busybox: / # command
  { pattern: /^([/~][\w/.-]* [#$])\s+(\S.*)$/, host: 0, command: 2, sure: false },
  // ~/project ❯ command · node1 ➜  command · ➜  ~ command
  { pattern: /^((?:([A-Za-z][\w.-]{1,62})|[~/][\w~/.-]{0,100})\s{1,2}[❯➜›»])\s+(?:~\s+)?(\S.*)$/, host: 2, command: 3, sure: false },
  { pattern: /^([$%❯➜]|\$>|#)\s+(?:~\s+)?(\S.*)$/, host: 0, command: 2, sure: false },
]

/** The prompt at the beginning of a line; undefined when there is none. */
export function promptOf(line: string): Prompt | undefined {
  const text = line.replace(/^\s*(?:>\s)*\s*/, '')
  if (text.length > 4000 || !/[#$%>❯➜]/.test(text.slice(0, 260))) return undefined
  for (const form of FORMS) {
    const found = form.pattern.exec(text)
    if (!found) continue
    const prompt = found[1] as string
    const command = (found[form.command] as string).trim()
    const known = isKnownCommand(command)
    // `# text` is a comment or a heading, `C# text` prose, unless a command follows; `$ text` is a prompt whatever follows.
    if (!known && !form.sure && prompt !== '$') continue
    return { host: form.host ? found[form.host] : undefined, prompt, command, sure: form.sure || (known && prompt !== '#') }
  }
  return undefined
}
