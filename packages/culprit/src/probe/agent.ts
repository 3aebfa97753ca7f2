/**
 * What makes the attempts, in Python 3 without modules of others: it runs where the packets are to come from. Requests come as lines of JSON on
 * standard input, answers leave as lines of JSON in whatever order they come. Who said no is read from the socket's error queue (ip(7), IP_RECVERR).
 */
export const AGENT = `
import errno, json, os, select, socket, ssl, struct, sys, threading, time
def own(dst):
    try:
        s = socket.socket(socket.AF_INET6 if ':' in dst else socket.AF_INET, socket.SOCK_DGRAM); s.connect((dst, 9)); return s.getsockname()[0]
    except OSError: return None
def refusal(s, dst):
    try: _, notes, _, _ = s.recvmsg(512, 512, 0x2000)
    except OSError: return {}
    for level, kind, data in notes:
        if (level, kind) in ((0, 11), (41, 25)) and len(data) >= 16:
            _, origin, t, c = struct.unpack('=IBBB', data[:7])
            if origin not in (2, 3): return {'how': 'this host'}
            family = struct.unpack('=H', data[16:18])[0]
            by = socket.inet_ntop(family, data[20:24] if family == socket.AF_INET else data[24:40])
            if by == own(dst) and by != dst: return {'how': 'this host'}
            return {'how': 'icmp %d/%d' % (t, c), 'by': by}
    return {}
def failed(number, s, dst):
    if number == errno.ECONNREFUSED:
        return dict({'outcome': 'refused', 'how': 'rst', 'by': dst}, **refusal(s, dst))
    if number in (errno.ECONNRESET, errno.EPIPE): return {'outcome': 'reset', 'by': dst}
    if number in (errno.ETIMEDOUT, errno.EAGAIN): return {'outcome': 'timeout'}
    if number == errno.EPERM: return {'outcome': 'timeout', 'how': 'dropped on the way out'}
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EINVAL, errno.EADDRNOTAVAIL, errno.ENONET, errno.EPROTO):
        return dict({'outcome': 'unreachable', 'how': 'this host'}, **refusal(s, dst), detail=errno.errorcode[number])
    return {'outcome': 'error', 'detail': errno.errorcode.get(number, str(number))}
def opened(r, kind, protocol=0):
    family = socket.AF_INET6 if ':' in r['dst'] else socket.AF_INET
    s = socket.socket(family, kind, protocol)
    s.setblocking(False)
    s.setsockopt(*((41, 25, 1) if family == socket.AF_INET6 else (0, 11, 1)))
    if r.get('src'): s.bind((r['src'], 0))
    return s
def awaited(s, what, end):
    p = select.poll(); p.register(s, what)
    return p.poll(max(0, (end - time.monotonic()) * 1000))
def tcp(r, end):
    s = opened(r, socket.SOCK_STREAM)
    number = s.connect_ex((r['dst'], r['port']))
    if number == errno.EINPROGRESS:
        if not awaited(s, select.POLLOUT, end): return {'outcome': 'timeout'}
        number = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number: return failed(number, s, r['dst'])
    return spoken(r, s, end)
def spoken(r, s, end):
    talk = r.get('talk')
    if not talk: return {'outcome': 'connects'}
    s.settimeout(max(0.1, end - time.monotonic()))
    try:
        if talk == 'tls':
            context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
            return {'outcome': 'connects', 'detail': context.wrap_socket(s, server_hostname=r.get('name')).version()}
        s.sendall(('GET / HTTP/1.0\\r\\nHost: %s\\r\\nUser-Agent: culprit\\r\\n\\r\\n' % r['dst']).encode())
        line = s.recv(64).split(b'\\r\\n')[0].decode('latin-1')
        return {'outcome': 'connects', 'detail': line if line.startswith('HTTP/') else 'connects, and is no HTTP'}
    except ssl.SSLError as e: return {'outcome': 'tls', 'detail': (e.reason or 'TLS fails')[:100]}
    except (TimeoutError, socket.timeout): return {'outcome': 'stalls'}
    except OSError as e: return failed(e.errno or 0, s, r['dst'])
def datagram(r, end):
    s = opened(r, socket.SOCK_DGRAM)
    s.connect((r['dst'], r['port']))
    query = struct.pack('!HHHHHH', os.getpid() & 0xffff, 0x100, 1, 0, 0, 0) + b'\\0' + struct.pack('!HH', 2, 1)
    s.send(query if r.get('talk') == 'dns' else b'')
    if not awaited(s, select.POLLIN, end): return {'outcome': 'silent'}
    data = s.recv(512)
    return {'outcome': 'connects', 'detail': 'DNS rcode %d' % (data[3] & 15) if r.get('talk') == 'dns' and len(data) > 3 else '%d bytes' % len(data)}
def echo(r, end):
    six = ':' in r['dst']
    number = os.urandom(2)
    s = opened(r, socket.SOCK_RAW, 58 if six else 1)
    s.connect((r['dst'], 0))
    head = bytes([128 if six else 8, 0]); rest = number + b'\\0\\1' + b'culprit!' 
    total = sum(struct.unpack('!%dH' % ((len(rest) + 4) // 2), head + b'\\0\\0' + rest))
    total = (total >> 16) + (total & 0xffff); total += total >> 16
    s.send(head + struct.pack('!H', ~total & 0xffff) + rest)
    while awaited(s, select.POLLIN, end):
        data = s.recv(512)
        data = data if six else data[(data[0] & 15) * 4:]
        if data[0] == (129 if six else 0) and data[4:6] == number: return {'outcome': 'connects'}
    return {'outcome': 'timeout'}
def attempt(r):
    began = time.monotonic(); end = began + r['seconds']; s = None
    try: answer = {'tcp': tcp, 'udp': datagram, 'icmp': echo}[r['protocol']](r, end)
    except OSError as e:
        answer = {'outcome': 'error', 'detail': str(e)[:100]}
        try: answer = explained(r, e.errno, end) if e.errno else answer
        except OSError: pass
    answer['id'] = r['id']; answer['milliseconds'] = int((time.monotonic() - began) * 1000)
    with lock: print(json.dumps(answer), flush=True)
def explained(r, number, end):
    s = opened(r, socket.SOCK_DGRAM)
    answer = failed(number, s, r['dst'])
    if answer.get('how') == 'rst': answer = {'outcome': 'refused', 'how': 'icmp', 'by': r['dst']}
    return answer
def worker():
    while True:
        with lock:
            if not todo: return
            r = todo.pop(0)
        attempt(r)
lock = threading.Lock()
todo = [json.loads(line) for line in sys.stdin if line.strip()]
threads = [threading.Thread(target=worker) for _ in range(min(16, len(todo)))]
for t in threads: t.start()
for t in threads: t.join()
`
