-- For wrk: posts one body over and over. BODY is a file; CTYPE and CENC are its headers. With PAUSE_MS each
-- connection rests that long before each request.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = os.getenv("CTYPE")
if os.getenv("CENC") then wrk.headers["Content-Encoding"] = os.getenv("CENC") end
local pause = tonumber(os.getenv("PAUSE_MS") or "")
if pause then function delay() return pause end end

local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() failed = 0 end
function response(status) if status < 200 or status > 299 then failed = failed + 1 end end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write
  for _, thread in ipairs(threads) do bad = bad + thread:get("failed") end
  io.write(string.format('{"requests":%d,"seconds":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, bad))
end
