#!/usr/bin/env python3
"""The hands of the lab: namespaces, commands in them, raw packets into them, and what the kernel says it did.

One JSON request a line on standard input, one JSON answer a line on standard output; standard library only. It decides nothing: bytes go
in and out as hex, and lab/*.ts makes and reads them.

The namespaces have no names. They live as file descriptors of this process and vanish with it, however it ends, so nothing needs to be
cleaned up and nothing of the machine's own network is touched.

  {"op":"namespaces","names":["H","X"]}                     -> {"pid":1}            "@H" in an argv is a path to that namespace
  {"op":"run","ns":"H","argv":[...],"stdin":"..."}          -> {"code":0,"out":"...","err":"..."}
  {"op":"write","ns":"H","files":[["/proc/sys/...","1"]]}   -> {"failed":{path:reason}}
  {"op":"read","ns":"H","dirs":["/proc/sys/net"]}           -> {"files":{path:text}}
  {"op":"listen","ns":"X","interface":"eth0"}               -> {}                   frames that arrive there are reported by send
  {"op":"trace","ns":"H"}                                   -> {}                   nft trace events and nfnetlink_log of that namespace
  {"op":"rules","ns":"H","family":2}                        -> {"rules":[[table,chain,handle],...]}   in the kernel's order
  {"op":"flush-conntrack","ns":"H"}                         -> {}
  {"op":"send","packets":[{"ns":"P1","to":"10.0.0.1","bind":null,"tos":0,"data":hex} | {"ns":"X","interface":"eth0","data":hex}],"quiet":5}
                                                            -> {"errors":[0],"frames":[...],"events":[...],"logs":[...]}
"""
import ctypes
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_NETFILTER = 270, 1, 12
NFNLGRP_NFTRACE = 9
NFNL_SUBSYS_CTNETLINK, NFNL_SUBSYS_ULOG, NFNL_SUBSYS_NFTABLES = 1, 4, 10
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
PR_SET_PDEATHSIG, SIGKILL = 1, 9
SO_RCVBUFFORCE = 33

libc = ctypes.CDLL(None, use_errno=True)
home = open('/proc/self/ns/net')
namespaces = {}
inside = None
listeners = []  # (namespace, interface, socket)
raw_sockets = {}
trace_socket = log_socket = control_socket = None


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(name):
    global inside
    if inside != name:
        checked(libc.setns((namespaces[name] if name else home).fileno(), CLONE_NEWNET))
        inside = name


def make_namespaces(request):
    global inside
    for name in request['names']:
        checked(libc.unshare(CLONE_NEWNET))
        inside = name
        namespaces[name] = open('/proc/self/ns/net')
    return {'pid': os.getpid()}


def run(request):
    enter(request['ns'])
    argv = [f'/proc/{os.getpid()}/fd/{namespaces[a[1:]].fileno()}' if a[:1] == '@' else a for a in request['argv']]
    done = subprocess.run(argv, input=request.get('stdin', ''), text=True, capture_output=True, errors='replace')
    return {'code': done.returncode, 'out': done.stdout, 'err': done.stderr}


def write(request):
    enter(request['ns'])
    failed = {}
    for path, value in request['files']:
        try:
            with open(path, 'w') as file:
                file.write(value)
        except OSError as error:
            failed[path] = str(error)
    return {'failed': failed}


def read(request):
    enter(request['ns'])
    files = {}
    for top in request['dirs']:
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    with open(f'{folder}/{name}') as file:
                        files[f'{folder}/{name}'] = file.read().rstrip('\n')
                except OSError:
                    pass
    return {'files': files}


def listen(request):
    enter(request['ns'])
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sniffer.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    sniffer.bind((request['interface'], 3))
    sniffer.setblocking(False)
    listeners.append((request['ns'], request['interface'], sniffer))
    return {}


def netlink(group=None):
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    made.bind((0, 0))
    if group is not None:
        made.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    return made


def message(subsystem, kind, flags, family, resource, attributes=()):
    body = struct.pack('!BBH', family, 0, resource)
    for number, value in attributes:
        body += struct.pack('=HH', 4 + len(value), number) + value + b'\0' * (-len(value) % 4)
    return struct.pack('=IHHII', 16 + len(body), subsystem << 8 | kind, NLM_F_REQUEST | flags, 1, 0) + body


def acknowledged(sock, data):
    sock.send(data)
    answer = sock.recv(1 << 16)
    code = struct.unpack('=i', answer[16:20])[0]
    if code:
        raise OSError(-code, os.strerror(-code))


def messages(data):
    while len(data) >= 16:
        length, kind = struct.unpack('=IH', data[:6])
        yield kind, data[16:length]
        data = data[(length + 3) & ~3:]


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, number = struct.unpack('=HH', data[:4])
        if length < 4:
            break
        found[number & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def text(found, number):
    return found[number].rstrip(b'\0').decode() if number in found else None


def word(found, number):
    return struct.unpack('!I', found[number])[0] if number in found else None


def trace(request):
    """Hears nft traces; and makes nfnetlink_log this namespace's logger, so that the TRACE of legacy iptables comes here and not to the kernel log."""
    global trace_socket, log_socket, control_socket
    enter(request['ns'])
    control_socket = netlink()
    trace_socket = netlink(NFNLGRP_NFTRACE)
    log_socket = netlink()
    for family in (socket.AF_INET, socket.AF_INET6):
        for command in (4, 3):  # NFULNL_CFG_CMD_PF_UNBIND, PF_BIND
            acknowledged(log_socket, message(NFNL_SUBSYS_ULOG, 1, NLM_F_ACK, family, 0, [(1, bytes([command]))]))
    acknowledged(log_socket, message(NFNL_SUBSYS_ULOG, 1, NLM_F_ACK, 0, 0, [(1, b'\x01')]))  # bind group 0, where TRACE goes
    acknowledged(log_socket, message(NFNL_SUBSYS_ULOG, 1, NLM_F_ACK, 0, 0, [(2, struct.pack('!IBx', 128, 2))]))  # copy 128 bytes
    acknowledged(log_socket, message(NFNL_SUBSYS_ULOG, 1, NLM_F_ACK, 0, 0, [(5, struct.pack('!I', 1))]))  # deliver each at once
    trace_socket.setblocking(False)
    log_socket.setblocking(False)
    return {}


def rules(request):
    enter(request['ns'])
    control_socket.send(message(NFNL_SUBSYS_NFTABLES, 7, NLM_F_DUMP, request['family'], 0))  # NFT_MSG_GETRULE
    found = []
    while True:
        for kind, body in messages(control_socket.recv(1 << 18)):
            if kind == 3:  # NLMSG_DONE
                return {'rules': found}
            if kind == 2:
                code = struct.unpack('=i', body[:4])[0]
                raise OSError(-code, os.strerror(-code))
            rule = attributes(body[4:])
            found.append([text(rule, 1), text(rule, 2), struct.unpack('!Q', rule[3])[0]])


def flush_conntrack(request):
    enter(request['ns'])
    acknowledged(control_socket, message(NFNL_SUBSYS_CTNETLINK, 2, NLM_F_ACK, 0, 0))  # IPCTNL_MSG_CT_DELETE without a filter
    return {}


def raw_socket(packet):
    family = socket.AF_INET6 if ':' in packet['to'] else socket.AF_INET
    key = (packet['ns'], family, packet.get('bind'))
    if key not in raw_sockets:
        enter(packet['ns'])
        made = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if packet.get('bind'):
            made.bind((packet['bind'], 0))
        raw_sockets[key] = made
    return raw_sockets[key]


def send_one(packet):
    data = bytes.fromhex(packet['data'])
    try:
        if 'interface' in packet:
            sender = next(s for ns, name, s in listeners if ns == packet['ns'] and name == packet['interface'])
            sender.send(data)
        else:
            sender = raw_socket(packet)
            if sender.family == socket.AF_INET6:
                sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, packet.get('tos', 0))
            else:
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, packet.get('tos', 0))
            sender.sendto(data, (packet['to'], 0))
    except OSError as error:
        return error.errno
    return 0


def drain(sock):
    """Everything that waits in a socket; the loss of a message is an error and never a missing event."""
    while True:
        try:
            yield sock.recvfrom(1 << 16)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno == errno.ENETDOWN:
                continue
            raise


def collect(answer):
    """Reads all sockets once. NFTA_TRACE_*: 1 table 2 chain 3 handle 4 type 5 verdict 6 id 8 network header 9 transport header
    10 iif 12 oif 14 mark 15 family 16 policy."""
    before = len(answer['frames']) + len(answer['events']) + len(answer['logs'])
    for name, interface, sniffer in listeners:
        for data, address in drain(sniffer):
            if address[2] != 4 and address[1] in (0x0800, 0x86dd):  # not PACKET_OUTGOING
                answer['frames'].append({'ns': name, 'interface': interface, 'type': address[2], 'data': data[:128].hex()})
    for data, _ in drain(trace_socket) if trace_socket else ():
        for kind, body in messages(data):
            if kind != NFNL_SUBSYS_NFTABLES << 8 | 17:  # NFT_MSG_TRACE
                continue
            event = attributes(body[4:])
            verdict = attributes(event[5]) if 5 in event else {}
            answer['events'].append({
                'id': event[6].hex(), 'family': word(event, 15), 'table': text(event, 1), 'chain': text(event, 2), 'type': word(event, 4),
                'handle': struct.unpack('!Q', event[3])[0] if 3 in event else None, 'verdict': word(verdict, 1), 'target': text(verdict, 2),
                'policy': word(event, 16), 'mark': word(event, 14), 'iif': word(event, 10), 'oif': word(event, 12),
                'header': event[8].hex() if 8 in event else None, 'transport': event[9].hex() if 9 in event else None,
            })
    for data, _ in drain(log_socket) if log_socket else ():
        for kind, body in messages(data):
            if kind != NFNL_SUBSYS_ULOG << 8:
                continue
            event = attributes(body[4:])
            answer['logs'].append({'prefix': text(event, 10) or '', 'header': event.get(9, b'').hex()})
    return len(answer['frames']) + len(answer['events']) + len(answer['logs']) > before


def send(request):
    answer = {'frames': [], 'events': [], 'logs': []}
    collect(answer)
    answer = {'errors': [], 'frames': [], 'events': [], 'logs': []}
    for packet in request['packets']:
        answer['errors'].append(send_one(packet))
    quiet = request.get('quiet', 5) / 1000
    until = time.monotonic() + quiet
    sockets = [s for _, _, s in listeners] + [s for s in (trace_socket, log_socket) if s]
    while time.monotonic() < until:
        select.select(sockets, [], [], quiet)
        if collect(answer):
            until = time.monotonic() + quiet
    return answer


OPERATIONS = {
    'namespaces': make_namespaces, 'run': run, 'write': write, 'read': read, 'listen': listen, 'trace': trace, 'rules': rules,
    'flush-conntrack': flush_conntrack, 'send': send,
}


def main():
    checked(libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = OPERATIONS[request['op']](request)
        except (OSError, KeyError) as error:
            answer = {'error': f"{request['op']}: {error!r}"}
        sys.stdout.write(json.dumps(answer) + '\n')
        sys.stdout.flush()


main()
