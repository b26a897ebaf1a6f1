"""What the checks share that let programs from elsewhere loose on Keystead: tests/clients/run and tests/schemathesis/run."""
import hashlib, json, os, shutil, socket, subprocess, sys, urllib.request

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the caller has set
CLEAN_ENV = {name: value for name, value in os.environ.items() if not name.startswith(("KEYSTEAD_", "SCHEMATHESIS_"))}

def stop(text):
    sys.exit(f"{os.path.basename(os.path.dirname(os.path.abspath(sys.argv[0])))}: {text}")

def made_once(name, of, make):
    """A folder in target/ that `make` fills, unless an earlier run did so from the same files and versions."""
    wanted = "\0".join(of)
    folder = f"{ROOT}/target/{name}/{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
    if not os.path.exists(f"{folder}/complete"):
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        open(f"{folder}/complete", "w").close()
    return folder

def virtual_environment(name):
    """A virtual environment with the versions of tests/<name>/requirements.txt. Gives its folder of programs."""
    requirements = f"{TESTS}/{name}/requirements.txt"

    def make(folder):
        if subprocess.run([sys.executable, "-m", "venv", folder]).returncode:
            stop("Python cannot make virtual environments; on Debian: apt-get install python3-venv")
        pip = [f"{folder}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
        if subprocess.run(pip).returncode:
            stop("its packages could not be installed from PyPI (see above); this check needs them once, then never again")

    return f"{made_once(name, [open(requirements).read(), sys.version], make)}/bin"

def build():
    """The program that the tests use, so that nothing is built twice."""
    command = ["cargo", "test", "--locked", "--no-run", "--test", "cli", "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        stop("the build failed")
    messages = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    programs = [m["executable"] for m in messages if m.get("executable") and m["target"]["kind"] == ["bin"]]
    return programs[0] if programs else stop("cargo built no program")

def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
