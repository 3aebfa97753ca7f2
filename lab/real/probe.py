"""What becomes of a first SYN: probe.py together|alone SECONDS HOST:PORT[@SOURCE]… prints for each, in order, a JSON line [errno name or "", who answered].

They are tried at the same time, or one after the other, with a pause after each that fails: of five errors to a sender the kernel holds back the
next for a second (ip_error), of many packets that wait for one neighbour not each is told of it (neigh_invalidate), and a server drops the SYNs
that it has no room for. "TIMEOUT" is no answer within SECONDS, or none to the first SYN: where that one was dropped before its connection
was confirmed, the next SYN is a new one to NAT, and may be sent elsewhere. Who answered is the last line of the page, "" if it sent none.
"""

import errno
import json
import select
import socket
import struct
import sys
import threading
import time

TOTAL_RETRANS = 8 + 4 * 23  # of struct tcp_info
PAUSE = 1.5


def repeated(connection):
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TOTAL_RETRANS + 4)
    return struct.unpack_from("=I", info, TOTAL_RETRANS)[0] > 0


def connect(connection, address, seconds):
    """The errno that connect(2) would give. An error that comes while the call still holds the socket is only noted there (tcp_v4_err)."""
    connection.setblocking(False)
    code = connection.connect_ex(address)
    if code == errno.EINPROGRESS:
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            _, ready, _ = select.select([], [connection], [], seconds)
            if not ready or repeated(connection):
                return "TIMEOUT"
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return errno.errorcode[code] if code else ""


def page(connection, seconds):
    try:
        connection.settimeout(seconds)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        text = b""
        while part := connection.recv(4096):
            text += part
        return text.decode(errors="replace").strip().split("\n")[-1]
    except OSError:
        return ""


def attempt(results, index, target, seconds):
    to, _, source = target.partition("@")
    host, port = to.rsplit(":", 1)
    with socket.socket() as connection:
        if source:
            connection.bind((source, 0))
        error = connect(connection, (host, int(port)), seconds)
        results[index] = (error, "" if error else page(connection, seconds))


def together(results, targets, seconds):
    threads = [threading.Thread(target=attempt, args=(results, i, t, seconds)) for i, t in enumerate(targets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def alone(results, targets, seconds):
    time.sleep(PAUSE)
    for index, target in enumerate(targets):
        attempt(results, index, target, seconds)
        if results[index][0]:
            time.sleep(PAUSE)


def main():
    manner, seconds, targets = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    results = [None] * len(targets)
    (alone if manner == "alone" else together)(results, targets, seconds)
    for result in results:
        print(json.dumps(result))


main()
