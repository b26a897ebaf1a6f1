"""Leads Schemathesis to things that exist: random ids would be answered 404, and no rule behind that would be tried.

Ids, numbers, names and cursors are gathered from every answer; requests whose form is right get some of them in place of the
generated ones. The caller's own key, user and space are not ended, else everything after that would be answered 401.
At the end, the statuses that each operation answered with are written down."""
import atexit, contextlib, json, os, random, re

import schemathesis

PLAN = json.loads(os.environ["KEYSTEAD_FUZZ_PLAN"])
OWN = set(PLAN["own"])
CHOICE = random.Random(PLAN["seed"])
ID = re.compile(r"^(spc|usr|key|rol|rsv|app|gra|ses|whk|evt|aud)_[0-9a-f]{32}$")
PUBLIC_ID = re.compile(r"^[0-9A-Za-z]{16}$")
KIND_OF_PATH = {"space": "spc", "user": "usr", "key": "key", "role": "rol", "resource_server": "rsv",
                "application": "app", "grant": "gra", "session": "ses",
                "webhook": "whk", "event": "evt", "audit_event": "aud"}
# Places that a browser may be sent to have a form that no pattern tells.
URIS = ("redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri")
# Members that name a thing by something else than an id.
KIND_OF_MEMBER = {"workspace": "workspace", "workspaces": "workspace", "number": "workspace", "public_id": "pair", "pair": "pair",
                  "permission": "permission", "permissions": "permission", "role": "role_name"}
known, cursors, etags, answered, pairs_of_key, roles_of_holder = {}, {}, {}, {}, {}, {}

def learn(kind, value):
    values = known.setdefault(kind, [])
    if value not in values:
        values.append(value)

def some(kind, but=()):
    """Something of the kind that exists or existed: the newer, the likelier."""
    values = [value for value in known.get(kind, []) if value not in but]
    return CHOICE.choice(values[-8:] if CHOICE.random() < 0.7 else values) if values else None

def gather(value, member=""):
    if isinstance(value, dict):
        if (key := value.get("client_id")) and (pairs := value.get("pairs", [value])):
            pairs_of_key.setdefault(key, []).extend(pair["public_id"] for pair in pairs if "public_id" in pair)
        if (holder := value.get("id")) and isinstance(value.get("roles"), list):
            roles_of_holder[holder] = [role for role in value["roles"] if isinstance(role, dict) and "role" in role]
        for name, inner in value.items():
            gather(inner, name)
    elif isinstance(value, list):
        for inner in value:
            gather(inner, member)
    elif isinstance(value, str) and (found := ID.match(value)):
        learn(found[1], value)
    elif KIND_OF_MEMBER.get(member) == "workspace" and type(value) is int and value > 0:
        learn("workspace", value)
    elif member == "public_id" and isinstance(value, str):
        learn("pair", value)
    elif member in ("permission", "permissions", "role") and isinstance(value, str):
        learn(KIND_OF_MEMBER[member], value)

def fill(value, member=""):
    """The body with names of things that exist."""
    if isinstance(value, dict):
        return {name: fill(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, member) for inner in value]
    if member in URIS and isinstance(value, str):
        return f"https://app.example.com/{CHOICE.getrandbits(16):x}"
    if CHOICE.random() < 0.2:
        return value
    kind = KIND_OF_MEMBER.get(member)
    if isinstance(value, str) and (found := ID.match(value)):
        return some(found[1]) or value
    if kind == "workspace" and type(value) is int:
        return some(kind) or value
    if kind in ("pair", "permission", "role_name") and isinstance(value, str):
        return some(kind) or value
    if member in ("name", "login") and isinstance(value, str):
        return f"n{CHOICE.getrandbits(40):x}"  # most are unique somewhere
    return value

def spare_the_caller(case):
    """Whatever would end the caller's own rights is done to another thing, or to none."""
    for name, value in case.path_parameters.items():
        if value in OWN and case.method != "GET" and (name != "space" or case.path.endswith("/close")):
            kind = KIND_OF_PATH[name]
            case.path_parameters[name] = some(kind, but=OWN) or kind + "_" + "0" * 32
    if isinstance(case.body, dict) and case.path_parameters.get("space") in OWN and case.path == "/spaces/{space}":
        for name in PLAN["keep_true"]:
            if case.body.get(name) is False:
                case.body[name] = True

def take_what_is_held(case):
    """A role is taken from somebody who holds it, there."""
    holder = case.path_parameters.get("user") or case.path_parameters.get("key")
    if case.path.endswith("/roles/{role_name}") and (held := roles_of_holder.get(holder)) and CHOICE.random() < 0.7:
        role = CHOICE.choice(held)
        case.path_parameters["role_name"] = role["role"]
        for name in ("workspace", "space"):
            case.query.pop(name, None)
            if name in role and (name == "workspace" or "user" in case.path_parameters):
                case.query[name] = str(role[name])

def is_good(case):
    return case.meta is not None and case.meta.generation.mode.is_positive

def condition(case):
    """Old tags and keys that were used before are refused first of all, so most good requests have others."""
    if isinstance(case.headers.get("If-Match"), str) and CHOICE.random() < 0.8:
        case.headers["If-Match"] = etags.get(case.formatted_path, "*")
    if re.match(r"^[!-~]{1,64}$", str(case.headers.get("Idempotency-Key", ""))) and CHOICE.random() < 0.8:
        case.headers["Idempotency-Key"] = f"{CHOICE.getrandbits(64):x}"

@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in case.path_parameters.items():
        if CHOICE.random() < 0.1:
            continue
        if isinstance(value, str) and name in KIND_OF_PATH and ID.match(value):
            case.path_parameters[name] = some(KIND_OF_PATH[name]) or value
        elif name == "workspace" and re.match(r"^[1-9][0-9]*$", str(value)):
            case.path_parameters[name] = str(some("workspace") or value)
        elif name == "role_name" and re.match(r"^[a-z][a-z0-9_]{1,63}$", str(value)):
            case.path_parameters[name] = some("role_name") or value
        elif name == "pair" and PUBLIC_ID.match(str(value)):
            pairs = pairs_of_key.get(case.path_parameters.get("key")) or known.get("pair") or [value]
            case.path_parameters[name] = CHOICE.choice(pairs[-2:])
        elif name == "name":
            case.path_parameters[name] = some("permission") or value
    if is_good(case):
        condition(case)
        for name in ("workspace", "space"):
            if name in case.query and CHOICE.random() < 0.8:
                case.query[name] = str(some({"space": "spc"}.get(name, name)) or case.query[name])
        if "owner" in case.query and case.path.endswith("/applications"):
            case.query["owner"] = some("usr") or "usr_" + "0" * 32
        take_what_is_held(case)
    # A cursor has no form that a document could tell: only one that was answered is good.
    if isinstance(case.query.get("cursor"), str) and is_good(case):
        good = cursors.get(case.path)
        case.query.pop("cursor")
        if good and CHOICE.random() < 0.5:
            case.path_parameters.update(good[0])
            # It belongs to the list without filters, which it was answered for.
            for name in set(case.query) - {"limit"}:
                case.query.pop(name)
            case.query["cursor"] = good[1]
    if isinstance(case.body, dict) and is_good(case):
        case.body = fill(case.body)
        if case.path.endswith("/guests") and CHOICE.random() < 0.7:
            case.body["login"] = CHOICE.choice(PLAN["foreign_logins"])
    spare_the_caller(case)

@schemathesis.hook
def after_call(context, case, response):
    statuses = answered.setdefault(context.operation.definition.raw["operationId"], {})
    answer = {}
    with contextlib.suppress(ValueError):
        answer = json.loads(response.content)
    outcome = f"{response.status_code} {answer.get('code', '')}".strip()
    statuses[outcome] = statuses.get(outcome, 0) + 1
    if response.status_code not in (200, 201):
        return
    gather(answer)
    if etag := response.headers.get("etag"):
        etags[case.formatted_path] = etag[0]
    if isinstance(answer, dict) and answer.get("next_cursor") and set(case.query) <= {"limit", "cursor"}:
        cursors[case.path] = (dict(case.path_parameters), answer["next_cursor"])

@atexit.register
def write_down():
    with open(PLAN["statuses"], "w") as file:
        json.dump(answered, file)

gather(PLAN["known"])
for word in PLAN["role_names"]:
    learn("role_name", word)
