#!/usr/bin/env python3
"""Plays the conversation of a capture again and again into an interface, each time between other ends: load for the tests of
runs on an interface.

usage: replay.py INTERFACE CAPTURE FIRST COUNT RATE   conversations FIRST, FIRST + 1, ... at RATE a second; SIGTERM ends it
                                                      after a whole one. Prints the number that it did not play any more.

A capture of Ethernet frames, little-endian pcap, with one TCP connection over IPv4. Conversation n comes from client(n).
"""
import signal
import socket
import struct
import sys
import time

PORTS = 60000


def client(n):
    """Address and port from which conversation n comes."""
    return '10.%d.%d.%d' % (n // PORTS >> 16 & 255, n // PORTS >> 8 & 255, n // PORTS & 255), 1024 + n % PORTS


def number(address, port):
    """The n of client(n)."""
    a, b, c = (int(part) for part in address.split('.')[1:])
    return (a << 16 | b << 8 | c) * PORTS + port - 1024


def frames(capture):
    """Each frame, and where the client's address and port stand in it."""
    with open(capture, 'rb') as f:
        data = f.read()
    at, found, client_port = 24, [], None
    while at < len(data):
        length = struct.unpack_from('<I', data, at + 8)[0]
        frame = bytearray(data[at + 16:at + 16 + length])
        tcp = 14 + 4 * (frame[14] & 15)
        source = struct.unpack_from('>H', frame, tcp)[0]
        client_port = client_port or source
        found.append((frame, 26, tcp) if source == client_port else (frame, 30, tcp + 2))
        at += 16 + length
    return found


def sender(interface):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    return out


def play(out, conversation, n):
    address, port = client(n)
    address, port = socket.inet_aton(address), struct.pack('>H', port)
    for frame, ip_at, port_at in conversation:
        frame[ip_at:ip_at + 4] = address
        frame[port_at:port_at + 2] = port
        out.send(frame)


def main():
    interface, capture, n, count, rate = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    conversation = frames(capture)
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    out = sender(interface)
    begun, last = time.monotonic(), n + count
    while n < last and not ended:
        play(out, conversation, n)
        n += 1
        ahead = (count - (last - n)) / rate - (time.monotonic() - begun)
        if ahead > 0.002:
            time.sleep(ahead)
    print(n)


if __name__ == '__main__':
    main()
