"""Targets of "Log in with": codes and refresh tokens redeemed, tokens of users introspected, and a flood of logins."""
import base64, hashlib, http.cookiejar, json, os, re, secrets, tempfile, threading, time, urllib.parse, urllib.request

from servers import CLEAN_ENV, Keystead, basic, introspection, measured, post, wrk, wrk_result, wrk_start

CALLERS, CHAINS = 16, 48  # connections; refresh tokens, more than there are connections
FLOOD = 2_000  # logins under way at the same time
VERIFIER = "0123456789-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None

class Browser:
    """Keeps cookies, follows nothing by itself."""

    def __init__(self, issuer):
        self.issuer, self.cookies = issuer, http.cookiejar.CookieJar()
        handlers = urllib.request.ProxyHandler({}), Stay(), urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(*handlers)

    def open(self, path, form=None):
        """Page and Location."""
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            answer = self.opener.open(urllib.request.Request(urllib.parse.urljoin(self.issuer, path), data), timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.read().decode(), answer.headers.get("Location", "")

    def submit(self, page, action, **fields):
        form = page.split(f'action="{action}"')[1]
        hidden = {name: re.search(f'name="{name}" value="([^"]*)"', form) for name in ("csrf", "request", "required")}
        return self.open(action, {name: found[1] for name, found in hidden.items() if found} | fields)

    def header(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

class Logins(Keystead):
    """A demo site with somebody logged in who has consented. Throttles are wide open: hashing is what is measured."""

    def __init__(self, cleanups, folder, path, database=None):
        wide = {f"KEYSTEAD_LOGINS__{name}": value for name, value in
                {"WRONG_PASSWORDS": "100000", "WRONG_PASSWORDS_PER_NETWORK": "1000000"}.items()}
        super().__init__(cleanups, folder, path, database, **wide)
        app, user = self.demo["application"], self.demo["user"]
        self.app, self.redirect_uri = basic(app), app["redirect_uri"]
        query = {"client_id": app["client_id"], "redirect_uri": app["redirect_uri"], "response_type": "code",
                 "scope": "openid offline_access", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        self.authorize = f"/oauth/authorize?{urllib.parse.urlencode(query)}"
        self.browser = Browser(self.issuer)
        page, _ = self.browser.open(self.browser.open(self.authorize)[1])
        _, location = self.browser.submit(page, "/login", login=user["login"], password=user["password"])
        page, _ = self.browser.open(location)
        _, location = self.browser.submit(page, "/consent", decision="allow")
        assert "code=" in location, location
        self.chains = [self.exchange(self.code())["refresh_token"] for _ in range(CHAINS)]

    def code(self):
        _, location = self.browser.open(self.authorize)
        return urllib.parse.parse_qs(urllib.parse.urlparse(location).query)["code"][0]

    def exchange(self, code):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, "code_verifier": VERIFIER}
        return post(self.token_url, form, self.app)

    def file_of(self, lines):
        name = tempfile.mktemp(dir=self.folder)
        open(name, "w").write("\n".join(lines) + "\n")
        return name

def authorizations(server, seconds):
    """A browser that is logged in, a consent that was given: each answer carries a code."""
    return measured(server, server.issuer + server.authorize, seconds, CALLERS, METHOD="GET", COOKIE=server.browser.header())

def refreshes(server, seconds):
    """Each use takes a token and gives the next; all chains go on where they stopped."""
    chains = server.file_of(server.chains)
    form = {"grant_type": "refresh_token", "refresh_token": ""}
    result = measured(server, server.token_url, seconds, CALLERS, AUTH=server.app, CHAINS=chains, PREFIX=urllib.parse.urlencode(form))
    server.chains = open(chains).read().split()
    os.remove(chains)
    # One that the end of the run cut off is one that nobody has: its chain begins anew.
    server.chains += [server.exchange(server.code())["refresh_token"] for _ in range(CHAINS - len(server.chains))]
    return result

def exchanges(server, seconds):
    """Codes that were collected a moment before, each once."""
    codes = tempfile.mktemp(dir=server.folder)
    wrk(server.issuer + server.authorize, min(seconds, 5), CALLERS, METHOD="GET", COOKIE=server.browser.header(), CODES=codes)
    form = {"grant_type": "authorization_code", "redirect_uri": server.redirect_uri, "code_verifier": VERIFIER, "code": ""}
    result = measured(server, server.token_url, seconds, CALLERS, AUTH=server.app, TOKENS=codes, ONCE="1",
                      PREFIX=urllib.parse.urlencode(form))
    os.remove(codes)
    return result

def introspection_of_users(server, seconds):
    """2,000 tokens of one user, from the repeats that a refresh token allows for ten seconds."""
    if not getattr(server, "user_tokens", None) or time.monotonic() - server.user_tokens_since > 300:
        token = server.exchange(server.code())["refresh_token"]
        body = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": token})
        name = tempfile.mktemp(dir=server.folder, suffix=".tokens")
        wrk(server.token_url, 2, 8, AUTH=server.app, BODY=body, COLLECT=name)
        tokens = open(name).read().split()[:2000]
        server.user_tokens, server.user_tokens_since = server.file_of(tokens), time.monotonic()
        wrk(server.introspection_url, 1, TOKENS=server.user_tokens, AUTH=server.caller)
    result = measured(server, server.introspection_url, seconds, TOKENS=server.user_tokens, AUTH=server.caller)
    result["bad"] += server.inactive(server.user_tokens)
    return result

def beside_a_flood(server, seconds):
    """Introspection while 2,000 connections try to log in at once, each again a second after its answer: nearly all are told to
    come back. Memory is that of the process at its highest, before the first flood and after this one."""
    browser = Browser(server.issuer)
    page, _ = browser.open("/login")
    csrf = re.search(r'name="csrf" value="([^"]*)"', page.split('action="/login"')[1])[1]
    body = urllib.parse.urlencode({"csrf": csrf, "password": "wrong " + secrets.token_hex(8), "login": ""})
    server.before_flood = getattr(server, "before_flood", None) or high_water(server)
    flood = wrk_start(f"{server.issuer}/login", seconds + 2, FLOOD, COOKIE=browser.header(), PREFIX=body, NUMBERED="1")
    time.sleep(1.5)
    result = introspection(server, seconds)
    refused = wrk_result(flood)
    return result | {"cpu_us": None, "logins_rate": refused["rate"], "flood_mib": high_water(server) - server.before_flood}

def high_water(server):
    return int(re.search(r"^VmHWM:\s+(\d+)", open(f"/proc/{server.child.pid}/status").read(), re.M)[1]) / 1024

def targets(cleanups, folder, path, db, database):
    server = Logins(cleanups, folder, path, database)
    # Tokens of keys, to compare with, come from the same process.
    return {f"{db} introspection of a user's token": (introspection_of_users, server), f"{db} introspection, no flood": (introspection, server),
            f"{db} authorization, consented": (authorizations, server), f"{db} code exchanged": (exchanges, server),
            f"{db} refresh": (refreshes, server), f"{db} introspection, logins flooded": (beside_a_flood, server)}

def verdicts(db, median, ratio):
    """(target, measured, reached) of what the issue asks."""
    share = ratio(f"{db} introspection of a user's token", f"{db} introspection, no flood")
    yield f"introspection of a user's token ({db}), of a key's >= 80%", f"{share:.0%}", share >= 0.8
    idle, flooded = (median(f"{db} introspection, {what}", "p99_us") for what in ("no flood", "logins flooded"))
    yield f"p99 of introspection beside {FLOOD:,} logins ({db}) <= 2 x idle", f"{flooded / 1000:.1f} ms of {idle / 1000:.1f} ms", flooded <= 2 * idle
    grown, most = median(f"{db} introspection, logins flooded", "flood_mib"), os.cpu_count() * 19 + 32
    yield f"memory that the flood adds ({db}) <= permits x 19 MiB + 32 MiB", f"{grown:.0f} MiB of {most} MiB", grown <= most
