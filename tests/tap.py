"""Prints TAP, as the Check programs do, so that meson counts every test of the scripts too."""
import os
import pty
import sys


def has_terminals():
    """Whether a pseudo-terminal is to be had; a bare container may have none."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


class Tap:
    def __init__(self):
        self.count = 0

    def ok(self, good, name, why=()):
        """One test; `why` is what to say about a failure: a text or a list of lines."""
        self.count += 1
        print('%sok %d - %s' % ('' if good else 'not ', self.count, name.replace('#', '.')))
        if not good:
            for line in [why] if isinstance(why, str) else why:
                print('# ' + str(line).replace('\n', '\n# '))
        return good

    def equal(self, have, want, name):
        return self.ok(have == want, name, 'have: %r\nwant: %r' % (have, want))

    def skip(self, name, why):
        self.count += 1
        print('ok %d - %s # SKIP %s' % (self.count, name, why))

    def done(self):
        print('1..%d' % self.count)
        sys.stdout.flush()
