"""Real TCP connections: probe.py SECONDS HOST:PORT… prints for each, in order, a JSON line [errno name or "", who answered].

All are tried at the same time. "TIMEOUT" is no answer within SECONDS; who answered is the last line of the page, "" if it sent none.
"""

import errno
import json
import socket
import sys
import threading


def attempt(results, index, target, seconds):
    host, port = target.rsplit(":", 1)
    who = ""
    try:
        with socket.create_connection((host, int(port)), timeout=seconds) as connection:
            try:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                page = b""
                while part := connection.recv(4096):
                    page += part
                who = page.decode(errors="replace").strip().split("\n")[-1]
            except OSError:
                pass
        results[index] = ("", who)
    except TimeoutError as error:
        results[index] = (errno.errorcode[error.errno] if error.errno else "TIMEOUT", who)
    except OSError as error:
        results[index] = (errno.errorcode.get(error.errno, str(error)), who)


def main():
    seconds, targets = float(sys.argv[1]), sys.argv[2:]
    results = [None] * len(targets)
    threads = [threading.Thread(target=attempt, args=(results, i, t, seconds)) for i, t in enumerate(targets)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        print(json.dumps(result))


main()
