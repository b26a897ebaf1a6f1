"""The servers that benchmarks measure, and the load that they are measured with."""
import base64, contextlib, glob, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time
import urllib.parse, urllib.request, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TICK = os.sysconf("SC_CLK_TCK")
WARM_TOKENS, TOKENS_FRESH_FOR = 2000, 300  # tokens live 15 minutes
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the caller has set
CLEAN_ENV = {name: value for name, value in os.environ.items() if not name.startswith("KEYSTEAD_")}

def program(name):
    places = glob.glob(f"/usr/lib/postgresql/*/bin/{name}")
    found = shutil.which(name) or max(places, key=lambda place: int(place.split("/")[4]), default=None)
    return found or sys.exit(f"{name} is missing; on Debian: apt-get install {'wrk' if name == 'wrk' else 'postgresql'}")

def output(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().split("\n")[0]

def build(profile, *targets):
    """Builds and gives the paths by target name."""
    command = ["cargo", "build", "--locked", "--profile", profile, "--message-format=json-render-diagnostics", *targets]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("the build failed")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}

def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

def until(check, what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            if found := check():
                return found
        time.sleep(0.05)
    sys.exit(f"{what} within {seconds} s")

class Process:
    """A server that runs until the stack of cleanups unwinds; its output goes to a file."""

    def __init__(self, cleanups, command, folder, stop=signal.SIGTERM, **how):
        self.log = os.path.join(folder, f"{os.path.basename(command[0])}-{free_port()}.log")
        with open(self.log, "w") as log, open(self.log + ".err", "w") as err:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=err, **how)
        cleanups.callback(self.end, stop)

    def end(self, stop):
        self.child.send_signal(stop)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def check(self):
        if self.child.poll() is not None:
            sys.exit(f"{self.child.args[0]} ended with {self.child.returncode}:\n{open(self.log + '.err').read()[-2000:]}")

    def cpu_seconds(self):
        fields = open(f"/proc/{self.child.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def pss_mib(self):
        return int(re.search(r"^Pss:\s+(\d+)", open(f"/proc/{self.child.pid}/smaps_rollup").read(), re.M)[1]) / 1024

def post(url, form, authorization):
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), {"Authorization": authorization})
    return json.load(LOOPBACK.open(request, timeout=10))

def basic(client):
    if missing := [name for name in ("client_id", "client_secret") if name not in client]:
        sys.exit(f"the demo site names no {' and '.join(missing)}, only {', '.join(client)}")
    halves = [urllib.parse.quote_plus(client[name]) for name in ("client_id", "client_secret")]
    return "Basic " + base64.b64encode(":".join(halves).encode()).decode()

def guessed(secret):
    """A secret that is wrong but well-formed (src/crypto/secret_text.rs), so that the checksum does not give it away."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = secret[:53] + ("a" if secret[53] != "a" else "b")
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = alphabet[digit] + digits
    return text + digits

class Baseline(Process):
    def __init__(self, cleanups, folder, path):
        port = free_port()
        super().__init__(cleanups, [path, str(port)], folder)
        self.token_url, self.form, self.key = f"http://127.0.0.1:{port}/p", "grant_type=client_credentials", "Basic eA=="
        until(lambda: self.check() or post(self.token_url, {"grant_type": "x"}, self.key), "the baseline did not answer")

class Keystead(Process):
    """A demo site with one worker."""

    def __init__(self, cleanups, folder, path, database=None, algorithm="ES256", **settings):
        data, port = tempfile.mkdtemp(dir=folder), str(free_port())
        command = [path, "demo", "--json", "--data-dir", data, "--port", port]
        environment = dict(CLEAN_ENV, KEYSTEAD_LISTEN__WORKERS="1", KEYSTEAD_TOKENS__SIGNING_ALGORITHM=algorithm,
                           KEYSTEAD_MANAGEMENT__ADDRESS=f"127.0.0.1:{free_port()}", **settings)
        super().__init__(cleanups, command + (["--database", database] if database else []), folder, env=environment)
        line = until(lambda: self.check() or re.search(r"^\{.*\}$", open(self.log).read(), re.M), "no JSON from demo")
        demo = json.loads(line[0])
        issuer = demo.get("issuer", f"http://127.0.0.1:{port}").rstrip("/")
        metadata = until(lambda: self.check() or json.load(LOOPBACK.open(
            issuer + "/.well-known/oauth-authorization-server", timeout=5)), "no metadata from demo")
        self.token_url, self.introspection_url = metadata["token_endpoint"], metadata["introspection_endpoint"]
        self.verify_url = f"{issuer}/oauth/verify"
        self.issuer, self.path, self.data, self.database = issuer, path, data, database
        key = demo["api_key"]
        self.demo, self.key_secret = demo, key["client_secret"]
        self.key, self.caller = basic(key), basic(demo["resource_server"])
        self.wrong_key = basic(dict(key, client_secret=guessed(key["client_secret"])))
        form = {"grant_type": "client_credentials"} | ({"scope": key["scope"]} if key.get("scope") else {})
        self.form, self.folder, self.warm_file, self.warm_since = urllib.parse.urlencode(form), folder, None, 0
        head = post(self.token_url, form, self.key)["access_token"].split(".")[0]
        used = json.loads(base64.urlsafe_b64decode(head + "=="))["alg"]
        if used != algorithm:
            sys.exit(f"the demo site signs with {used}, not {algorithm}")
        self.idle_mib = self.pss_mib()

    def collect(self, seconds, most=None):
        """A file of new tokens: as many as can be had in so many seconds, at most `most`."""
        name = tempfile.mktemp(dir=self.folder, suffix=".tokens")
        wrk(self.token_url, seconds, AUTH=self.key, BODY=self.form, COLLECT=name)
        if most:
            tokens = open(name).read().split()[:most]
            open(name, "w").write("\n".join(tokens) + "\n")
        return name

    def inactive(self, name):
        """How many of a few tokens of the file are not active: a fast wrong answer must not count as speed."""
        tokens = open(name).read().split()
        some = tokens[:: max(1, len(tokens) // 5)]
        return sum(post(self.introspection_url, {"token": token}, self.caller)["active"] is not True for token in some)

def wrk_start(url, seconds, connections=32, **environment):
    command = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", f"{HERE}/load.lua", url]
    return subprocess.Popen(command, env=dict(CLEAN_ENV, **environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

def wrk_result(started):
    text, _ = started.communicate()
    found = re.search(r"^RESULT (.*)", text, re.M)
    return json.loads(found[1]) if found else sys.exit(f"wrk failed:\n{text}")

def wrk(*how, **environment):
    return wrk_result(wrk_start(*how, **environment))

def measured(server, *how, **environment):
    before = server.cpu_seconds()
    result = wrk(*how, **environment)
    result["cpu_us"] = (server.cpu_seconds() - before) / max(1, result["requests"]) * 1e6
    result["bad"] = result["non2xx"] + result["socket_errors"]
    return result | {"pss_mib": server.pss_mib()}

def token(server, seconds):
    return measured(server, server.token_url, seconds, AUTH=server.key, BODY=server.form)

def introspection(server, seconds):
    how = {"AUTH": server.caller}
    if time.monotonic() - server.warm_since > TOKENS_FRESH_FOR or not server.warm_file:
        server.warm_file, server.warm_since = server.collect(1, WARM_TOKENS), time.monotonic()
        wrk(server.introspection_url, 1, TOKENS=server.warm_file, **how)
    result = measured(server, server.introspection_url, seconds, TOKENS=server.warm_file, **how)
    result["bad"] += server.inactive(server.warm_file)
    return result

def first_sight(server, seconds):
    name = server.collect(seconds)
    result = measured(server, server.introspection_url, seconds, TOKENS=name, ONCE="1", AUTH=server.caller)
    result["bad"] += server.inactive(name)
    os.remove(name)
    return result

def another(cluster, name):
    """The URL of one more database in the cluster; none without a cluster."""
    if not cluster:
        return None
    subprocess.run([program("psql"), "-Xqc", f"CREATE DATABASE {name}", cluster], check=True, env=CLEAN_ENV)
    return cluster.replace("///postgres?", f"///{name}?")

def start_postgres(cleanups):
    """A cluster of its own, without TCP and with durable commits, as PostgreSQL comes. Gives the URL."""
    folder = cleanups.enter_context(tempfile.TemporaryDirectory(prefix="keystead-pg-"))
    account = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run([program("initdb"), "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
                   check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
    logs = cleanups.enter_context(tempfile.TemporaryDirectory())
    command = [program("postgres"), "-D", f"{folder}/data", "-k", folder, "-c", "listen_addresses="]
    server = Process(cleanups, command, logs, signal.SIGINT, cwd=folder, **account)
    until(lambda: server.check() or "ready" in open(f"{folder}/data/postmaster.pid").read(), "PostgreSQL did not start")
    return f"postgres:///postgres?host={folder}&user=postgres"
