"""The patches of the bug bank: what each says of itself, and how it is applied."""
import glob
import os
import subprocess

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))


class Bug:
    """Above the difference: a sentence that says which class of bug it is, and `test:` with the tests that must fail."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len('.patch')]
        with open(path, encoding='utf-8') as f:
            text = f.read()
        head, _, self.difference = text.partition('\n--- a/')
        lines = head.split('\n')
        self.story = lines[0]
        self.tests = [word for line in lines[1:] if line.startswith('test: ') for word in line.split()[1:]]
        self.file = self.difference.split('\n')[0]

    def apply(self, tree, dry=False):
        """Why it does not apply; nothing where it does. Its context must be there to the letter, at whatever line."""
        options = ['--dry-run'] if dry else ['--no-backup-if-mismatch']
        done = subprocess.run(['patch', '-p1', '--fuzz=0', '--batch', '--forward', *options, '-d', tree, '-i', self.path],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout if done.returncode != 0 else ''


def bugs():
    return [Bug(path) for path in sorted(glob.glob(os.path.join(FOLDER, '*.patch')))]
