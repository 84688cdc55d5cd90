"""Writes a capture in which everything that a peer can choose is hostile: names in certificates, advertised names, the
server name, the application protocol, and what is spoken before TLS."""
import struct

# What each name holds: terminal escapes, a NUL, line ends, text turned around, markup, no UTF-8, what spreadsheets run.
PIECES = [b'\x1b[31mred\x1b]0;title\x07', b'nul\x00nul', b'line\r\nline\xe2\x80\xa8line\xc2\x85', b'\xe2\x80\xaetxt.exe\xe2\x81\xa6\xe2\x81\xa9',
          b'</script><script>alert(1)</script>', b'"\'><img src=x onerror=alert(1)>', b'\xff\xfe\xc0\xaf\xed\xa0\x80', b'\xef\xbb\xbf\xe2\x80\x8b\xf3\xa0\x81\x81',
          b'\\0A\\', b']]>--><svg onload=alert(1)>', b'../../../tmp/evil', b'%s%n${x}`x`$(x)']
FORMULAS = [b'=cmd|\' /C calc\'!A0', b'+1+1', b'-2+3', b'@SUM(1)', b'\t=1+1']


def der(tag, *parts):
    body = b''.join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([0x82]) + struct.pack('>H', size)
    return bytes([tag]) + length + body


def oid(hexadecimal):
    return der(6, bytes.fromhex(hexadecimal))


CN, O, EMAIL = oid('550403'), oid('55040a'), oid('2a864886f70d010901')
SHA256_RSA, RSA = der(0x30, oid('2a864886f70d01010b'), der(5)), der(0x30, oid('2a864886f70d010101'), der(5))


def name(*texts):
    """UTF8String, whatever the bytes are."""
    return der(0x30, *[der(0x31, der(0x30, kind, der(12, text))) for kind, text in zip([CN, O, EMAIL] * 9, texts)])


def certificate(subject, issuer, hosts, serial):
    key = der(3, b'\0', der(0x30, der(2, b'\0' + b'\xc5' * 256), der(2, b'\1\0\1')))
    names = der(0x30, *[der(0x82, host) for host in hosts], *[der(0x86, b'https://' + host) for host in hosts])
    body = der(0x30, der(0xa0, der(2, b'\2')), der(2, serial), SHA256_RSA, issuer, der(0x30, der(23, b'240101000000Z'), der(23, b'250101000000Z')),
               subject, der(0x30, RSA, key), der(0xa3, der(0x30, der(0x30, oid('551d11'), der(4, names)))))
    return der(0x30, body, SHA256_RSA, der(3, b'\0' + b'\x5a' * 256))


def vector(width, data):
    return struct.pack('>I', len(data))[4 - width:] + data


def handshake(kind, body):
    return bytes([kind]) + vector(3, body)


def record(kind, body):
    return bytes([kind, 3, 3]) + vector(2, body)


def client_hello(host, protocol):
    extensions = struct.pack('>H', 0) + vector(2, vector(2, b'\0' + vector(2, host))) + struct.pack('>H', 16) + vector(2, vector(2, vector(1, protocol)))
    return handshake(1, b'\3\3' + b'\x11' * 32 + b'\0' + vector(2, b'\xc0\x2f') + b'\1\0' + vector(2, extensions))


def server_flight(chain, authorities, protocol):
    hello = handshake(2, b'\3\3' + b'\x22' * 32 + b'\0' + b'\xc0\x2f' + b'\0' + vector(2, struct.pack('>H', 16) + vector(2, vector(2, vector(1, protocol)))))
    request = handshake(13, vector(1, b'\1\x40') + vector(2, b'\4\1') + vector(2, b''.join(vector(2, a) for a in authorities)))
    return hello + handshake(11, vector(3, b''.join(vector(3, c) for c in chain))) + request + handshake(14, b'')


class Conversation:
    """One connection on Ethernet and IPv4."""

    def __init__(self, number):
        self.port, self.next, self.frames = 40000 + number, {True: 1000, False: 5000}, []
        for client, flags in ((True, 2), (False, 18), (True, 16)):
            self.send(client, b'', flags)

    def send(self, client, data, flags=24):
        ports = (self.port, 443) if client else (443, self.port)
        hosts = (b'\x0a\0\0\1', b'\x0a\0\0\2') if client else (b'\x0a\0\0\2', b'\x0a\0\0\1')
        for at in range(0, max(len(data), 1), 1400):
            part = data[at:at + 1400]
            tcp = struct.pack('>HHIIBBHHH', *ports, self.next[client], self.next[not client], 0x50, flags, 65535, 0, 0) + part
            ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + b''.join(hosts)
            self.frames.append(b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + ip + tcp)
            self.next[client] += len(part) + (flags & 3 != 0)


def conversation(number, piece, formula):
    """The server refuses the client's certificate, or the client the server's, or the client declines: each in its turn."""
    c = Conversation(number)
    evil, other = name(piece, formula, piece), name(formula, piece)
    leaf = certificate(evil, other, [piece, formula], bytes([1 + number]))
    if number % 4 == 3:
        c.send(False, b'220 ' + piece.replace(b'\n', b' ') + b'\r\n')
        c.send(True, b'EHLO ' + formula + b'\r\n')
        c.send(False, b'250 STARTTLS\r\n')
        c.send(True, b'STARTTLS\r\n')
        c.send(False, b'220 go\r\n')
    c.send(True, record(22, client_hello(formula if number % 2 else piece, piece)))
    c.send(False, record(22, server_flight([leaf], [other, name(formula, formula)], formula)))
    if number % 3 == 2:
        c.send(True, record(21, b'\2\x2a'))
    else:
        chain = vector(3, leaf) if number % 3 == 0 else b''
        c.send(True, record(22, handshake(11, vector(3, chain)) + handshake(16, vector(1, b'\4' + b'\x33' * 64))))
        c.send(False, record(21, b'\2\x30'))
    c.send(number % 3 == 2, b'', 17)
    return c.frames


def write(path):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        seconds = 1795132800
        for number, piece in enumerate(PIECES + FORMULAS):
            for frame in conversation(number, piece, FORMULAS[number % len(FORMULAS)]):
                seconds += 1
                f.write(struct.pack('<IIII', seconds, number, len(frame), len(frame)) + frame)
    return len(PIECES + FORMULAS)
