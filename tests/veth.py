"""A pair of virtual interfaces in a network namespace of its own, and tlswatch on one end of it."""
import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

# A shell starts what runs in its background with SIGINT ignored, and so would what is watched here.
signal.signal(signal.SIGINT, signal.default_int_handler)

PATIENCE = 300  # seconds; each wait ends as soon as what it waits for is there
SENDS, WATCHED = 'tw0', 'tw1'
ALL = os.environ.get('TLSWATCH_ALL') is not None  # the full numbers


def enter():
    """Starts the script again in namespaces of its own (network, mounts); False where that is not allowed here."""
    if os.environ.get('TLSWATCH_VETH') is not None:
        return True
    if os.getuid() != 0 or not all(map(shutil.which, ('unshare', 'ip', 'mount'))):
        return False
    os.environ['TLSWATCH_VETH'] = 'yes'
    probe = ['unshare', '--net', '--mount', 'sh', '-c', 'ip link add tw0 type veth peer name tw1 && mount -t tmpfs tmpfs /mnt']
    if subprocess.run(probe, capture_output=True).returncode == 0:
        os.execvp('unshare', ['unshare', '--net', '--mount', sys.executable, *sys.argv])
    return False


def ip(*words):
    subprocess.run(['ip', *words], check=True, capture_output=True)


def is_up(name):
    return subprocess.run(['ip', '-br', 'link', 'show', 'dev', name], check=True, capture_output=True).stdout.split()[1] == b'UP'


def wait_until_up():
    """What is sent before the kernel says so is dropped by it."""
    wait_for('the link', lambda: is_up(SENDS) and is_up(WATCHED))


def add():
    """No IPv6: the kernel would speak by itself."""
    for which in ('all', 'default'):
        path = '/proc/sys/net/ipv6/conf/%s/disable_ipv6' % which
        if os.path.exists(path):
            with open(path, 'w') as f:
                f.write('1')
    ip('link', 'add', SENDS, 'type', 'veth', 'peer', 'name', WATCHED)
    ip('link', 'set', SENDS, 'up')
    ip('link', 'set', WATCHED, 'up')
    wait_until_up()


def delete():
    ip('link', 'del', SENDS)


def wait_for(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return time.monotonic() - (end - patience)
        time.sleep(0.005)
    raise RuntimeError('waited in vain for ' + what)


running = []  # a test that fails leaves nothing behind


@atexit.register
def kill_all():
    for each in running:
        each.kill()


class Watching:
    """tlswatch on the interface; its stderr in a file."""

    def __init__(self, binary, folder, *options, stdout=subprocess.DEVNULL, interface=WATCHED, become=()):
        self.stderr = os.path.join(folder, 'err')
        self.process = subprocess.Popen([*become, binary, '-i', interface, *options], stdout=stdout, stderr=open(self.stderr, 'w'),
                                        env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        running.append(self)
        wait_for('tlswatch', lambda: self.said('watching') or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError(self.errors())

    def errors(self):
        with open(self.stderr, encoding='utf-8') as f:
            return f.read()

    def said(self, pattern):
        return re.findall(pattern, self.errors())

    def worker(self):
        """The process that captures, by its parent; None between two of them."""
        for name in os.listdir('/proc'):
            try:
                with open('/proc/%s/stat' % name) as f:
                    state, parent = f.read().rpartition(')')[2].split()[:2]
            except (OSError, ValueError):
                continue
            if int(parent) == self.process.pid and state != 'Z':
                return int(name)
        return None

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            worker = self.worker()
            self.process.kill()
            self.process.wait()
            if worker is not None:
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass


class Playing:
    """Conversations from `first` on, played in the background."""

    def __init__(self, capture, first, rate, count=10 ** 9):
        replay = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'replay.py')
        self.process = subprocess.Popen([sys.executable, replay, SENDS, capture, str(first), str(count), str(rate)], stdout=subprocess.PIPE)

        running.append(self.process)

    def end(self):
        """The number of the first that was not played."""
        self.process.terminate()
        return int(self.process.communicate()[0])

    def wait(self):
        return int(self.process.communicate()[0])


def lines_of(path):
    """Each line of JSON; raises where one can't be read or the last has no end."""
    with open(path, 'rb') as f:
        for line in f:
            if not line.endswith(b'\n'):
                raise ValueError('%s ends in an unfinished line: %r' % (path, line[:80]))
            yield json.loads(line)


def is_record(line):
    return line['event']['dataset'] == 'tlswatch.conversation'
