"""What bench/run and bench/live have in common: programs that are built, and captures that are made, where they are needed."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
GENERATOR = ['generate/%s.c' % name for name in ('generate', 'handshakes', 'schedule', 'traffic', 'wire')]
TLSWATCH = os.path.join(ROOT, 'build', 'tlswatch')


def build(folder, name, sources, *libraries):
    program = os.path.join(folder, name)
    sources = [os.path.join(HERE, source) for source in sources]
    subprocess.run([os.environ.get('CC', 'cc'), '-O2', '-D_GNU_SOURCE', '-o', program, *sources, *libraries], check=True)
    return program


def want_program(binary):
    if not os.access(binary, os.X_OK):
        sys.exit('%s: no program at %s; tools/try builds it' % (sys.argv[0], binary))


class Captures:
    """Those of a folder; `programs` is where the generator is built."""

    def __init__(self, folder, programs, clients=640):
        self.folder, self.clients = folder, clients
        self.generator = build(programs, 'generate', GENERATOR, '-lssl', '-lcrypto', '-lm')

    def path(self, kind, size, name=None):
        """A capture of that kind and size, called so or by both. It is made where it is not there, and the truth about it
        is then beside it."""
        path = os.path.join(self.folder, '%s.pcap' % (name or '%s-%d' % (kind, size)))
        if not os.path.exists(path):
            made = subprocess.run([self.generator, kind, path + '.part', str(size), str(self.clients)], stderr=subprocess.PIPE, text=True, check=False)
            if made.returncode != 0:
                sys.exit(made.stderr)
            with open(path + '.truth', 'w', encoding='utf-8') as f:
                f.write(made.stderr)
            os.rename(path + '.part', path)
        return path

    @staticmethod
    def truth(path):
        """What was generated, by name; None where that is not known."""
        try:
            with open(path + '.truth', encoding='utf-8') as f:
                return {name: int(number) for name, number in map(str.split, f)}
        except FileNotFoundError:
            return None
