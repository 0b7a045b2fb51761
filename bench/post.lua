-- SPDX-License-Identifier: MIT
-- wrk's part of bench/run: sends one body, at most BENCH_COUNT times, and says in one line how it went.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
wrk.body = os.getenv("BENCH_BODY")

local left = tonumber(os.getenv("BENCH_COUNT"))
local text

function init()
  text = wrk.format()
end

function request()
  left = left - 1
  if left < 0 then wrk.thread:stop() end
  return text
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nBENCH {"requests":%d,"duration_us":%d,"not_200":%d,"broken":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
