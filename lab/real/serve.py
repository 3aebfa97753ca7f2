"""Web servers for namespaces, in one process: reads lines `NAMESPACE-PATH PORT ADDRESS PAGE` and answers every connection there with the page.

One process with room for many connections, so that none is turned away however busy the machine is: a server that has no room drops SYNs.
"""

import ctypes
import os
import selectors
import socket
import sys

CLONE_NEWNET = 0x40000000
ROOM = 1024


def inside(path):
    with open(path, encoding="ascii") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), path)


def listen(path, port, address):
    inside(path)
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, int(port)))
    server.listen(ROOM)
    server.setblocking(False)
    return server


def answer(connection, page):
    with connection:
        connection.settimeout(1)
        try:
            connection.recv(4096)
            connection.sendall(f"HTTP/1.0 200 OK\r\n\r\n{page}\n".encode())
        except OSError:
            pass


def main():
    loop = selectors.DefaultSelector()
    loop.register(sys.stdin.buffer, selectors.EVENT_READ)
    os.set_blocking(0, False)
    pending = b""
    while True:
        for key, _ in loop.select():
            if key.data is not None:
                try:
                    answer(key.fileobj.accept()[0], key.data)
                except OSError:
                    pass
                continue
            text = os.read(0, 65536)
            if not text:
                return
            *lines, pending = (pending + text).split(b"\n")
            for line in lines:
                path, port, address, page = line.decode().split(" ")
                loop.register(listen(path, port, address), selectors.EVENT_READ, page)


main()
