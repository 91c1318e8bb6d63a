"""watch_top.py WANTED PROGRAM ARGUMENTS...: runs a program in a terminal of 80 by 24 until its screen holds WANTED,
then presses Ctrl-C. Prints the last frame and a line `exit CODE, terminal restored`."""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

wanted, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(terminal)
output, deadline, pressed = "", time.monotonic() + 30, False
while time.monotonic() < deadline:
    readable, _, _ = select.select([terminal], [], [], 0.2)
    if not readable:
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    output += data.decode()
    if not pressed and output.count("\x1b[H") >= 2 and wanted in output:
        os.write(terminal, b"\x03")
        pressed = True
_, status = os.waitpid(pid, 0)
frames = output.split("\x1b[H")
last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", frames[-1]).replace("\r", "")
# The terminal itself echoes the key, at the end of the last line.
last = last.removesuffix("^C")
print(last)
lines = last.split("\n")
restored = output.endswith("\x1b[?25h\x1b[?1049l") and output.startswith("\x1b[?1049h\x1b[?25l")
same = True
try:
    same = termios.tcgetattr(terminal) == before
except termios.error:
    pass
fits = len(lines) <= 24 and all(len(line) <= 80 for line in lines)
print(f"exit {os.waitstatus_to_exitcode(status)}, {'terminal restored' if restored and same else 'terminal broken'}, "
      f"{'fits' if fits else 'does not fit'}")
