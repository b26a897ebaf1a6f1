"""Targets of the management of API keys: keys made, pages of a table of 100,000 keys, and keys presented."""
import base64, json, os, random, sqlite3, string, subprocess, time, urllib.parse, urllib.request

from servers import CLEAN_ENV, LOOPBACK, Keystead, another, basic, introspection, measured, post, program, token

MANY = 100_000
CALLERS = 8
PAGE = 50
NIL = bytes(16)
VIEWER, CI_CD = (number.to_bytes(16, "big") for number in (8, 9))  # src/domain/catalogue.rs

class Keys(Keystead):
    """A demo site with a key that manages keys, and a token of it."""

    def __init__(self, cleanups, folder, path, database=None):
        super().__init__(cleanups, folder, path, database)
        self.admin = self.cli("key", "create", "--space", "Demo space", "--role", "space_admin", "Benchmark")
        space = self.cli("key", "show", self.admin["client_id"])["space"]
        self.keys_url, self.space = f"{self.issuer}/api/v1/spaces/{space}/keys", space
        self.token, self.token_until = None, 0

    def cli(self, *command):
        database = ["--database", self.database] if self.database else []
        done = subprocess.run([self.path, "--data-dir", self.data, *database, "--json", *command], env=CLEAN_ENV, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return json.loads(done.stdout)

    def bearer(self):
        """A token for the API that lives long enough for a round."""
        if time.monotonic() > self.token_until:
            form = {"grant_type": "client_credentials", "scope": "read write", "resource": f"{self.issuer}/api/v1"}
            self.token, self.token_until = post(self.token_url, form, basic(self.admin))["access_token"], time.monotonic() + 300
        return f"Bearer {self.token}"

    def page(self, **query):
        request = urllib.request.Request(f"{self.keys_url}?{urllib.parse.urlencode(query)}", headers={"Authorization": self.bearer()})
        return json.load(LOOPBACK.open(request, timeout=30))

class ManyKeys(Keys):
    """The same with 100,000 keys more, written by SQL: each with a pair, two roles in workspaces or, every tenth, the roles of
    a user. Through the API they would take minutes and be the same rows. Nobody knows their secrets."""

    def __init__(self, cleanups, folder, path, database=None):
        super().__init__(cleanups, folder, path, database)
        chosen = random.Random(1)
        if database:
            self.fill_postgres(chosen)
        else:
            self.fill_sqlite(chosen)
        # Cursors are signed, so the middle is found by walking there.
        cursor = {}
        for _ in range(MANY // 2 // 200):
            cursor = {"cursor": self.page(limit=200, **cursor)["next_cursor"]}
        self.middle = cursor
        found = self.page(limit=PAGE, q=f"Key {MANY - 1:06}")["items"]
        assert len(found) == 1 and len(found[0]["roles"]) == 2, found

    def rows(self, ids, chosen):
        """Rows of api_keys, key_pairs and api_key_roles."""
        space, user, pepper, one, two = ids
        letters, now = string.ascii_letters + string.digits, int(time.time() * 1e6)
        keys, pairs, roles = [], [], []
        for number in range(MANY):
            key = (now // 1000).to_bytes(6, "big") + bytes([0x70 | number >> 16 & 15, number >> 8 & 255, 0x80, number & 255])
            key += chosen.randbytes(6)
            of_user = number % 10 == 7
            keys.append((space, key, user if of_user else None, "inherit" if of_user else None, f"Key {number:06} of team {number % 97}",
                         "Written by a benchmark", "full", "active", 1, now))
            pairs.append((space, chosen.randbytes(16), key, 1, "".join(chosen.choices(letters, k=16)), pepper, chosen.randbytes(32),
                          "".join(chosen.choices(letters, k=4)), now, None))
            if not of_user:
                roles += [(space, key, NIL, role, "workspace", workspace, workspace, 1)
                          for role, workspace in ((CI_CD, one), (VIEWER, chosen.choice((one, two))))]
        return keys, pairs, roles

    IDS = """SELECT s.id, u.id, p.id, one.id, two.id FROM spaces s, users u, peppers p, workspaces one, workspaces two
             WHERE s.name = 'Demo space' AND u.login = 'demo' AND one.name = 'Production' AND two.name = 'Test'"""
    TABLES = {"api_keys": "space_id, id, owner_user_id, user_roles, name, description, mode, status, cut_off, created_at",
              "key_pairs": "space_id, id, api_key_id, slot, public_id, pepper_id, secret_hash, hint, created_at, expires_at",
              "api_key_roles": "space_id, api_key_id, role_home_id, role_id, reach, reach_id, workspace_id, since"}

    def fill_sqlite(self, chosen):
        database = sqlite3.connect(f"{self.data}/keystead.sqlite", timeout=30)
        with database:
            all_rows = self.rows(database.execute(self.IDS).fetchone(), chosen)
            for (table, columns), rows in zip(self.TABLES.items(), all_rows):
                marks = ", ".join("?" * len(rows[0]))
                database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        database.close()

    def fill_postgres(self, chosen):
        def psql(command, text=None):
            return subprocess.run([program("psql"), "-XAtqc", command, self.database], input=text, check=True, env=CLEAN_ENV,
                                  capture_output=True, text=True).stdout

        ids = [bytes.fromhex(one.replace("-", "")) for one in psql(self.IDS).strip().split("|")]
        for (table, columns), rows in zip(self.TABLES.items(), self.rows(ids, chosen)):
            is_bytes = [name.strip() == "secret_hash" for name in columns.split(",")]

            def written(value, as_bytes):
                if value is None:
                    return "\\N"
                return ("\\\\x" if as_bytes else "") + value.hex() if isinstance(value, bytes) else str(value)

            lines = ("\t".join(map(written, row, is_bytes)) for row in rows)
            psql(f"COPY {table} ({columns}) FROM STDIN", "\n".join(lines) + "\n")
        psql("ANALYZE")

def keys_made(server, seconds):
    """8 callers that each make a key after the other. Each answer comes after its commit is on disk."""
    body = json.dumps({"name": "Made by a benchmark", "roles": [{"role": "viewer", "workspaces": [1001]}]})
    return measured(server, server.keys_url, seconds, CALLERS, AUTH=server.bearer(), BODY=body, TYPE="application/json")

def page_of(server, seconds, query):
    """One caller that keeps its connection: the time of an answer is that of the server and of loopback."""
    url = f"{server.keys_url}?{urllib.parse.urlencode(query)}"
    result = measured(server, url, seconds, 1, AUTH=server.bearer(), METHOD="GET")
    items = server.page(**query)["items"]
    result["bad"] += not items or ("q" not in query and len(items) != PAGE)
    return result

def first_page(server, seconds):
    return page_of(server, seconds, {"limit": PAGE})

def middle_page(server, seconds):
    return page_of(server, seconds, {"limit": PAGE} | server.middle)

def search(server, seconds):
    """One in 97 fits: the page is full after 5,000 names."""
    return page_of(server, seconds, {"limit": PAGE, "q": "TEAM 42"})

def rare_search(server, seconds):
    """One fits, the newest: all names are looked at."""
    return page_of(server, seconds, {"limit": PAGE, "q": f"KEY {MANY - 1:06}"})

def presented_key(server, seconds):
    """A gateway asks about a key that it was sent; to be compared with a resource server that asks about a token."""
    key = base64.b64encode(f"{server.key_secret}:".encode()).decode()
    return measured(server, server.verify_url, seconds, METHOD="GET", AUTH=f"Basic {key}", GATEWAY=server.caller)

def targets(cleanups, folder, path, db, cluster, small):
    """All of them on this database: where they need the site to be as it was, at the small one that the others use."""
    making, many = (kind(cleanups, folder, path, another(cluster, name)) for kind, name in ((Keys, "making"), (ManyKeys, "many")))
    return {f"{db} token ES256, 100,000 keys": (token, many), f"{db} introspection warm, 100,000 keys": (introspection, many),
            f"{db} key presented": (presented_key, small), f"{db} keys made": (keys_made, making),
            f"{db} first page": (first_page, many), f"{db} middle page": (middle_page, many),
            f"{db} search": (search, many), f"{db} rare search": (rare_search, many)}
