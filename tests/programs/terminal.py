#!/usr/bin/env python3
"""terminal.py [--fails] COLUMNS COMMAND...: runs the command on a terminal of that width; prints the longest stretch that it wrote between two returns to the
first column, in characters. Exits 1 if that does not fit the width, or if no line was ever rewritten. COLUMNS "unknown:N": the terminal does not know its width,
the environment's COLUMNS is N. COLUMNS "unknown": nobody knows the width; exits 1 if a line was rewritten. --fails: the command is to end with code 1 and a
line that begins with "error: "."""
import fcntl, os, pty, re, struct, sys, termios

fails = sys.argv[1] == "--fails"
if fails:
    del sys.argv[1]
unknown, _, of_environment = sys.argv[1].partition(":")
known = unknown != "unknown"
columns = int(sys.argv[1] if known else of_environment or 0)
os.environ.pop("COLUMNS", None)
if of_environment:
    os.environ["COLUMNS"] = of_environment
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns if known else 0, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
output = b""
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:  # the end, as Linux reports it
        break
    if not chunk:
        break
    output += chunk
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
rewritten = re.findall(rb"\r([^\r\n]*)\x1b\[K", output)
longest = max((len(line) for line in rewritten), default=0)
print(f"exit code {code}, {len(rewritten)} lines rewritten, the longest has {longest} columns")
if not columns:
    sys.exit(code != 0 or b"\x1b" in output or not output)
if fails:
    sys.exit(code != 1 or not rewritten or not re.search(rb"\nerror: [^\r\n]*\r\n$", output))
sys.exit(code != 0 or not rewritten or longest >= columns)
