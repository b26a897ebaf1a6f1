-- Load for wrk -t1, told by the environment: AUTH, the Authorization header; GATEWAY, that of a gateway; METHOD, POST if left
-- out; TYPE of the body, a form if left out; BODY, one sent again and again, or
-- TOKENS, a file of tokens introspected in turn (with ONCE, each once, then the run ends); COLLECT, a file that takes
-- the access token of every answer. Prints `RESULT` and one JSON object at the end.
local ffi = require("ffi")
ffi.cdef "typedef struct { long s, ns; } bench_time; int clock_gettime(int clock, bench_time *time);"
local time = ffi.new("bench_time")
local function now() -- monotonic seconds
  ffi.C.clock_gettime(1, time)
  return tonumber(time.s) + tonumber(time.ns) / 1e9
end

local once, collect, tokens = os.getenv("ONCE"), os.getenv("COLLECT"), os.getenv("TOKENS")
local threads, requests, at, file = {}, {}, 0, nil
began, ended, sent = 0, 0, 0 -- global: done() reads them from the thread
wrk.method, wrk.body = os.getenv("METHOD") or "POST", os.getenv("BODY")
wrk.headers["Authorization"], wrk.headers["X-Keystead-Gateway"] = os.getenv("AUTH"), os.getenv("GATEWAY")
if wrk.method == "POST" then wrk.headers["Content-Type"] = os.getenv("TYPE") or "application/x-www-form-urlencoded" end

function setup(thread) threads[#threads + 1] = thread end

function init()
  if collect then file = assert(io.open(collect, "w")) end
  if not tokens then return end
  for token in io.lines(tokens) do requests[#requests + 1] = wrk.format(nil, nil, nil, "token=" .. token) end
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
  io.write(string.format('RESULT {"requests":%d,"rate":%.1f,"p50_us":%d,"p99_us":%d,"non2xx":%d,"socket_errors":%d}\n',
    summary.requests, answered / seconds, latency:percentile(50), latency:percentile(99), e.status,
    e.connect + e.read + e.write + e.timeout))
end
