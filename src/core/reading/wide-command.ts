import { own, quote } from './problem.js';
import type { CommandPattern } from './command.js';

/*
 * Programs that start other programs or a shell. No list of them is complete (https://gtfobins.github.io has some hundreds),
 * so this one warns and allows nothing.
 */

/** Whoever sits before one of these has a shell, whatever it was started with. */
const SCREENS = words(
  'ed emacs ex ftp gdb less man mc more most mysql nano nvim pico psql rvim screen sftp sqlite3 telnet tmux top vi view vim w3m',
);

/** They run text: a program in it, or without any of it a shell. */
const INTERPRETERS = words(
  'ash awk bash busybox csh dash expect fish gawk irb ksh lua mawk nawk node perl php python python2 python3 R ruby sh tclsh zsh',
);

/** They run what their words or options name. */
const RUNNERS = words(
  'ansible apt apt-get at bundle cargo chroot composer cpio crontab dnf doas docker dpkg env find flock gcc gem git go helm ionice java ld make nc ncat nerdctl nice nmap nohup npm npx nsenter openssl parallel pip pip3 pkexec podman rpm rsync runuser scp script sed setsid socat ssh start-stop-daemon stdbuf strace su sudo systemd-run tar taskset tcpdump terraform time timeout unshare watch xargs yarn yum zip',
);

/** They run what follows one of these words. */
const WITH_WORD: Readonly<Record<string, readonly string[]>> = {
  kubectl: ['attach', 'cp', 'debug', 'edit', 'exec', 'run'],
  oc: ['attach', 'cp', 'debug', 'edit', 'exec', 'rsh', 'run'],
  crictl: ['exec', 'run'],
  systemctl: ['edit'],
};

/**
 * Why a pattern for a command may allow any other command, in words; null where nothing is known. What its words leave open
 * is whatever somebody writes there.
 */
export function wideCommand(pattern: CommandPattern): string | null {
  const [first = '', ...rest] = pattern;
  const program = first.split('/').at(-1) ?? '';
  const open = rest.find((word) => word.includes('*'));
  // python3.11 is python3.
  const plain = program.replace(/(\d)\.\d+$/, '$1');
  if (SCREENS.has(plain))
    return `${quote(program)} can give whoever sits before it a shell. Allow something else.`;
  if (INTERPRETERS.has(plain) && rest.length === 0)
    return `${quote(program)} without further words is a shell. Write out what it is to run.`;
  if (open === undefined) return null;
  if (!INTERPRETERS.has(plain) && !RUNNERS.has(plain) && !runsAfter(plain, rest)) return null;
  return `${quote(program)} runs other programs, and ${quote(open)} leaves open which. Write its words out, or allow a script of your own.`;
}

/** Whether one of the words after which the program runs others is there, or may be: no word says first what it is to do. */
function runsAfter(program: string, rest: readonly string[]): boolean {
  const follow = own(WITH_WORD, program);
  if (!follow) return false;
  const before = rest.slice(
    0,
    rest.findIndex((word) => word.includes('*')),
  );
  // What follows an option may be its value.
  const isOption = (word: string | undefined) => word?.startsWith('-') === true;
  const fixed = before.some((word, at) => !isOption(word) && !isOption(before[at - 1]));
  return !fixed || rest.some((word) => follow.includes(word));
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
