-- Load for wrk -t1, told by the environment: AUTH, the Authorization header; GATEWAY, that of a gateway; METHOD, POST if left
-- out; TYPE of the body, a form if left out; BODY, one sent again and again, or
-- TOKENS, a file of tokens introspected in turn (with ONCE, each once, then the run ends) behind PREFIX instead of `token=`;
-- CHAINS, a file of refresh tokens whose successors are used in turn behind PREFIX and that takes the last ones; NUMBERED, a
-- number behind PREFIX; COOKIE, the cookies. COLLECT, a file that takes the access token of every answer; CODES, one that
-- takes the code of every redirect. Prints `RESULT` and one JSON object at the end.
local ffi = require("ffi")
ffi.cdef "typedef struct { long s, ns; } bench_time; int clock_gettime(int clock, bench_time *time);"
local time = ffi.new("bench_time")
local function now() -- monotonic seconds
  ffi.C.clock_gettime(1, time)
  return tonumber(time.s) + tonumber(time.ns) / 1e9
end

local once, collect, tokens = os.getenv("ONCE"), os.getenv("COLLECT"), os.getenv("TOKENS")
local codes, chains, numbered = os.getenv("CODES"), os.getenv("CHAINS"), os.getenv("NUMBERED")
local prefix = os.getenv("PREFIX") or "token="
local threads, requests, at, file = {}, {}, 0, nil
began, ended, sent = 0, 0, 0 -- global: done() reads them from the thread
wrk.method, wrk.body = os.getenv("METHOD") or "POST", os.getenv("BODY")
wrk.headers["Authorization"], wrk.headers["X-Keystead-Gateway"] = os.getenv("AUTH"), os.getenv("GATEWAY")
wrk.headers["Cookie"] = os.getenv("COOKIE")
if wrk.method == "POST" then wrk.headers["Content-Type"] = os.getenv("TYPE") or "application/x-www-form-urlencoded" end

function setup(thread) threads[#threads + 1] = thread end

function init()
  if collect or codes then file = assert(io.open(collect or codes, "w")) end
  if chains then
    queue, first, last = {}, 1, 0 -- global: done() reads them from the thread
    for token in io.lines(chains) do last = last + 1; queue[last] = token end
  end
  if not tokens then return end
  for token in io.lines(tokens) do requests[#requests + 1] = wrk.format(nil, nil, nil, prefix .. token) end
  assert(#requests > 1, "no tokens to introspect")
end

if tokens then
  function request()
    at = at + 1
    if once and at > 1 then -- wrk asks for one before the run; the clock starts with the second
      ended = now()
      if at == 2 then began = ended end
      if at > #requests then wrk.thread:stop() else sent = sent + 1 end
    end
    return requests[(at - 1) % #requests + 1]
  end
end

if chains then
  function request()
    local token = queue[first]
    if token then queue[first] = nil; first = first + 1 end
    return wrk.format(nil, nil, nil, prefix .. (token or "none-left"))
  end
  function response(status, _, body)
    local token = status == 200 and body:match('"refresh_token"%s*:%s*"([^"]+)"')
    if token then last = last + 1; queue[last] = token end
  end
end

if numbered then
  function request()
    at = at + 1
    return wrk.format(nil, nil, nil, prefix .. "nobody" .. at)
  end
  function delay() return 1000 end -- who was refused comes back after a second
end

if codes then
  function response(_, headers)
    local code = (headers["location"] or headers["Location"] or ""):match("[?&]code=([^&#]+)")
    if code then file:write(code, "\n") end
  end
end

if collect then
  function response(status, _, body)
    local token = status == 200 and body:match('"access_token"%s*:%s*"([^"]+)"')
    if token then file:write(token, "\n") end
  end
end

function done(summary, latency)
  local e, seconds, answered = summary.errors, summary.duration / 1e6, summary.requests
  if once then
    seconds = threads[1]:get("ended") - threads[1]:get("began")
    answered = math.min(answered, threads[1]:get("sent"))
  end
  if chains then
    local out = assert(io.open(chains, "w"))
    local left, from, to = threads[1]:get("queue"), threads[1]:get("first"), threads[1]:get("last")
    for number = from, to do out:write(left[number], "\n") end
    out:close()
  end
  io.write(string.format('RESULT {"requests":%d,"rate":%.1f,"p50_us":%d,"p99_us":%d,"non2xx":%d,"socket_errors":%d}\n',
    summary.requests, answered / seconds, latency:percentile(50), latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
