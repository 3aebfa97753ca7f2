/**
 * What records on a host, in Python 3 without modules of others: argument 1 is `record`, `status` or `stop`, argument 2 the settings as JSON. It says
 * what it hears as lines of JSON.
 *
 * Nothing is left behind, whoever is killed. A guard, in a session of its own, puts the rule in and takes it out: when the recorder ends (the
 * pipe between them closes, however that comes), or when its own timer runs out. If the guard is killed, the recorder takes the rule out, once
 * no program of the guard's runs any more. The recorder ends when nobody reads what it says.
 *
 * The rule sets nftrace, which iptables-legacy obeys, too; its log messages come through nfnetlink_log, whose place among the loggers of this
 * namespace is put back. The table's name holds the recorder's process number, and a chain's name what the logger was: whatever finds the
 * table later can end it.
 */
export const AGENT = `
import base64, ctypes, json, os, select, signal, socket, struct, subprocess, sys, time
PREFIX = 'culprit_trace_'
LOGGERS = {2: '/proc/sys/net/netfilter/nf_log/2', 10: '/proc/sys/net/netfilter/nf_log/10'}
def netlink(group=None):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    try: s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
    except OSError: pass
    s.bind((0, 0))
    if group: s.setsockopt(270, 1, group)
    return s
def message(kind, flags, family, attributes=()):
    body = struct.pack('!BBH', family, 0, 0)
    for number, value in attributes:
        body += struct.pack('=HH', 4 + len(value), number) + value + b'\\0' * (-len(value) % 4)
    return struct.pack('=IHHII', 16 + len(body), kind, 1 | flags, 1, 0) + body
def messages(data):
    while len(data) >= 16:
        length, kind = struct.unpack('=IH', data[:6])
        if length < 16: return
        yield kind, data[16:length]
        data = data[(length + 3) & ~3:]
def attributes(data):
    found = {}
    while len(data) >= 4:
        length, number = struct.unpack('=HH', data[:4])
        if length < 4: break
        found[number & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found
def text(found, number): return found[number].rstrip(b'\\0').decode('utf-8', 'replace') if number in found else None
def word(found, number): return struct.unpack('!I', found[number])[0] if number in found else None
def acknowledged(s, data):
    s.send(data)
    code = struct.unpack('=i', s.recv(1 << 16)[16:20])[0]
    if code: raise OSError(-code, os.strerror(-code))
def dump(kind, family, asked=()):
    s = netlink(); s.settimeout(20); s.send(message(kind, 0x300, family, asked)); found = []
    while True:
        for kind, body in messages(s.recv(1 << 18)):
            if kind == 3: return found
            if kind == 2:
                code = struct.unpack('=i', body[:4])[0]
                raise OSError(-code, os.strerror(-code))
            found.append((body[0], attributes(body[4:])))
def device(index):
    try: return socket.if_indextoname(index) if index else None
    except OSError: return str(index)
def said(value):
    try: os.write(1, (json.dumps(value) + '\\n').encode())
    except OSError: os._exit(1)
def tool(argv, stdin=''):
    try: return subprocess.run(argv, input=stdin, text=True, capture_output=True, errors='replace', pass_fds=HELD)
    except FileNotFoundError: return None
HELD = ()

# -- what is changed, and put back
def logger(family):
    try:
        with open(LOGGERS[family]) as f: return f.read().strip()
    except OSError: return None
def restore(loggers):
    for family, name in loggers.items():
        if name is not None and logger(int(family)) != name:
            try:
                with open(LOGGERS[int(family)], 'w') as f: f.write(name)
            except OSError: pass
def install(conf, name, loggers):
    chains = ''.join('  chain was_%s_%s { }\\n' % (family, was) for family, was in loggers.items())
    done = tool(['nft', '-f', '-'], 'table inet %s {\\n%s%s}\\n' % (name, chains, conf['nft']))
    if done is not None: return done.stderr.strip().split('\\n')[0] if done.returncode else None
    for program, rules in conf['iptables'].items():
        for chain in ('PREROUTING', 'OUTPUT'):
            for rule in rules:
                done = tool([program, '-w', '5', '-t', 'raw', '-I', chain] + rule + ['-m', 'comment', '--comment', name, '-j', 'TRACE'])
                if done is None: return 'neither nft nor ' + program + ' is installed'
                if done.returncode: return done.stderr.strip().split('\\n')[0]
def remove(name, loggers):
    for attempt in range(20):
        done = tool(['nft', 'delete', 'table', 'inet', name])
        if done is None or done.returncode == 0 or 'No such file' in done.stderr: break
        time.sleep(0.1)
    if done is None: remove_iptables(name)
    restore(loggers)
def legacy_tables(family):
    try:
        with open('/proc/net/%s_tables_names' % family) as f: return f.read().split()
    except OSError: return []
def remove_iptables(name):
    import shlex
    for program, tables in (('iptables-legacy', 'ip'), ('iptables', 'ip'), ('ip6tables-legacy', 'ip6'), ('ip6tables', 'ip6')):
        # To ask for a table that is not there would make it.
        if 'raw' not in legacy_tables(tables): continue
        saved = tool([program + '-save', '-t', 'raw'])
        for line in (saved.stdout.split('\\n') if saved else []):
            if line.startswith('-A ') and name in line: tool([program, '-w', '5', '-t', 'raw', '-D'] + shlex.split(line)[1:])

# -- the guard
def guarded(conf, name, loggers):
    alive, mine = os.pipe()      # closes when the recorder ends
    news, told = os.pipe()       # what became of the installation; closes when the guard and its programs have ended
    pid = os.fork()
    if pid: 
        os.close(alive); os.close(told)
        return pid, mine, news
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE): signal.signal(number, signal.SIG_IGN)
    null = os.open('/dev/null', os.O_RDWR)
    for fd in (0, 1, 2): os.dup2(null, fd)
    os.close(mine); os.close(news)
    global HELD
    HELD = (told,)
    try:
        failed = install(conf, name, loggers)
        try: os.write(told, (json.dumps({'failed': failed}) + '\\n').encode())
        except OSError: pass
        select.select([alive], [], [], conf['seconds'] + 15)
    finally:
        remove(name, loggers)
        os._exit(0)

# -- what is heard
def heard(s, kind):
    while True:
        try: data = s.recv(1 << 16)
        except BlockingIOError: return
        except OSError as e:
            if e.errno == 105: said({'lost': True}); continue
            raise
        for number, body in messages(data):
            if number == kind: yield body[0], attributes(body[4:])
def trace_event(family, event, name):
    table = text(event, 1)
    verdict = attributes(event[5]) if 5 in event else {}
    return {'kind': 'trace', 'id': event[6].hex(), 'family': family, 'table': table, 'chain': text(event, 2), 'type': word(event, 4),
        'handle': struct.unpack('!Q', event[3])[0] if 3 in event else None, 'verdict': word(verdict, 1), 'target': text(verdict, 2),
        'policy': word(event, 16), 'mark': word(event, 14), 'iif': device(word(event, 10)), 'oif': device(word(event, 12)), 'own': table == name,
        'header': event[8].hex() if 8 in event else None, 'transport': event[9].hex() if 9 in event else None}
def log_event(event):
    return {'kind': 'log', 'prefix': text(event, 10) or '', 'header': event.get(9, b'')[:128].hex(), 'mark': word(event, 2),
        'iif': device(word(event, 4)), 'oif': device(word(event, 5))}
def listen_to_logs(loggers):
    s = netlink()
    for command in ((1, b'\\1'), (2, struct.pack('!IBx', 128, 2)), (5, struct.pack('!I', 1))):
        acknowledged(s, message(4 << 8 | 1, 4, 0, [command]))
    for family in loggers: 
        with open(LOGGERS[family], 'w') as f: f.write('nfnetlink_log')
    s.setblocking(False)
    return s
def numbers(seen):
    for family, table, chain in sorted(seen):
        try: rules = dump(10 << 8 | 7, family, [(1, table.encode() + b'\\0'), (2, chain.encode() + b'\\0')])
        except OSError: continue
        handles = [struct.unpack('!Q', rule[3])[0] for _, rule in rules if text(rule, 2) == chain and text(rule, 1) == table]
        said({'kind': 'rules', 'family': family, 'table': table, 'chain': chain, 'handles': handles})
def capture(conf):
    if not conf.get('pcap'): return None
    me = os.getpid()
    def die():
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
        if os.getppid() != me: os._exit(1)
    # It may not become another user (-Z): the kernel would forget that it is to die with this process.
    # Without --immediate-mode the kernel hands packets over a second later (TPACKET_V3), and those of the last second never.
    try: pcap = subprocess.Popen(['tcpdump', '-Z', 'root', '--immediate-mode', '-i', 'any', '-n', '-U', '-s', '256', '-c', str(conf['packets'] * 4), '-w', '-', conf['pcap']],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=die)
    except FileNotFoundError: return said({'warning': 'tcpdump is not installed: no capture'})
    # The file's header comes once it listens.
    if select.select([pcap.stdout], [], [], 5)[0]: captured(pcap)
    return pcap
def captured(pcap):
    data = os.read(pcap.stdout.fileno(), 65536)
    if data: said({'kind': 'pcap', 'data': base64.b64encode(data).decode()})
    return data
def end_capture(pcap):
    pcap.terminate()
    end = time.monotonic() + 2
    while select.select([pcap.stdout], [], [], max(0, end - time.monotonic()))[0]:
        if not captured(pcap): break
    pcap.kill(); pcap.wait()
def record(conf):
    name = PREFIX + str(os.getpid())
    legacy = {}
    for family, tables in ((2, 'ip'), (10, 'ip6')):
        if legacy_tables(tables): legacy[family] = logger(family)
    stopped = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, lambda *_: stopped.append('a signal'))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    traces = netlink(9); traces.setblocking(False)
    guard, mine, news = guarded(conf, name, legacy)
    try:
        first = os.read(news, 4096)
        failed = json.loads(first)['failed'] if first else 'the guard was ended'
        if failed: said({'error': failed}); return
        logs = None
        if legacy:
            try: logs = listen_to_logs(legacy)
            except OSError as e: said({'warning': 'iptables-legacy cannot be heard: %s (does ulogd or another program listen to nfnetlink_log group 0?)' % e})
        pcap = capture(conf)
        said({'ready': name})
        said({'end': follow(conf, name, traces, logs, pcap, news, stopped)})
    finally:
        os.close(mine)
        while os.read(news, 4096): pass      # the guard, and whatever it runs
        remove(name, legacy)
        try: os.waitpid(guard, 0)
        except OSError: pass
def follow(conf, name, traces, logs, pcap, news, stopped):
    end = time.monotonic() + conf['seconds']; packets = set(); seen = set(); count = 0
    poller = select.poll()
    for fd in [traces, news] + ([logs] if logs else []) + ([pcap.stdout] if pcap else []): poller.register(fd, select.POLLIN)
    poller.register(1, 0)                    # nobody reads any more: POLLERR or POLLHUP
    why = None
    while why is None:
        if stopped: why = stopped[0]; break
        left = end - time.monotonic()
        if left <= 0: why = 'time'; break
        for fd, what in poller.poll(min(left, 0.5) * 1000):
            if fd == 1: return 'nobody listens'
            if fd == news: why = 'the guard was ended'
            if pcap and fd == pcap.stdout.fileno():
                if not captured(pcap): poller.unregister(fd)
        for family, event in heard(traces, 10 << 8 | 17):
            one = trace_event(family, event, name); count += 1
            if not one['own']: seen.add((one['family'], one['table'], one['chain']))
            packets.add(one['id'] + (one['header'] or '')); said(one)
        if logs:
            for _, event in heard(logs, 4 << 8):
                count += 1; one = log_event(event); packets.add(one['header'][:40]); said(one)
        if len(packets) > conf['packets'] * 4 or count > conf['packets'] * 100: why = 'enough packets'
    numbers(seen)
    if pcap: end_capture(pcap)
    return why

# -- what is there already
def standing():
    try: tables = dump(10 << 8 | 1, 0)
    except OSError: tables = []
    names = [text(table, 1) for _, table in tables if (text(table, 1) or '').startswith(PREFIX)]
    for name in names:
        pid = int(name[len(PREFIX):]) if name[len(PREFIX):].isdigit() else 0
        was = {}
        for _, chain in dump(10 << 8 | 4, 1):
            part = (text(chain, 3) or '').split('_', 2)
            if text(chain, 1) == name and part[0] == 'was' and len(part) == 3: was[int(part[1])] = part[2]
        yield name, pid if running(pid) else 0, was
def running(pid):
    try:
        with open('/proc/%d/cmdline' % pid, 'rb') as f: return PREFIX.encode() in f.read()
    except OSError: return False
def stop():
    for name, pid, was in standing():
        if pid:
            os.kill(pid, signal.SIGTERM)
            for attempt in range(50):
                if not running(pid): break
                time.sleep(0.1)
        remove(name, was)
        said({'stopped': name, 'pid': pid})
    remove_iptables(PREFIX)
def status():
    for name, pid, was in standing(): said({'table': name, 'pid': pid})
{'record': lambda: record(json.loads(sys.argv[2])), 'status': status, 'stop': stop}[sys.argv[1]]()
`
