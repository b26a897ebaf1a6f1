"""Wrong secrets at full speed for one client, and what its rightful owner notices of them."""
import time

from servers import measured, token, wrk_result, wrk_start

CONNECTIONS = 16

def flooded(server, seconds):
    """The owner's tokens, from the same address and under the same client id as the flood."""
    flood = wrk_start(server.token_url, seconds + 1, CONNECTIONS, AUTH=server.wrong_key, BODY=server.form)
    time.sleep(0.5)
    result = token(server, seconds)
    wrong = wrk_result(flood)
    result["bad"] += wrong["requests"] - wrong["non2xx"]  # a wrong secret that was let in
    return result | {"cpu_us": None, "refused_rate": wrong["rate"]}

def refused(server, seconds):
    """What wrong secrets cost by themselves."""
    result = measured(server, server.token_url, seconds, AUTH=server.wrong_key, BODY=server.form)
    return result | {"bad": result["requests"] - result["non2xx"] + result["socket_errors"]}

def targets(db, server):
    return {f"{db} token, flooded": (flooded, server), f"{db} wrong secrets": (refused, server)}

def verdicts(db, median, ratio):
    """(target, measured, reached) for one database."""
    share, p99 = ratio(f"{db} token, flooded", f"{db} token ES256"), median(f"{db} token, flooded", "p99_us")
    yield f"tokens beside a flood of wrong secrets ({db}), of alone >= 50%", f"{share:.0%}", share >= 0.5
    yield f"p99 of them ({db}) <= 20 ms", f"{p99 / 1000:.1f} ms", p99 <= 20_000
    share = ratio(f"{db} wrong secrets", f"{db} token ES256")
    yield f"wrong secrets refused ({db}), of tokens given >= 100%", f"{share:.0%}", share >= 1
