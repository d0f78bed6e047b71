-- wrk script: post the bodies of a file, each once, and print one line of JSON at the end.
-- Arguments: path, file of bodies (one a line), origin, "wrap" to begin again at the end of the file.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  bodies = {}
  for line in io.lines(args[2]) do
    bodies[#bodies + 1] = line
  end
  head = "POST " .. args[1] .. " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nOrigin: " .. args[3]
    .. "\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"
    .. "\r\nContent-Type: application/json\r\nContent-Length: "
  wrap = args[4] == "wrap"
  sent, ran_out = 0, 0
end

function request()
  if sent >= #bodies and not wrap then
    ran_out = 1
    wrk.thread:stop()
    return "GET / HTTP/1.1\r\nHost: none\r\n\r\n"
  end
  local body = bodies[sent % #bodies + 1]
  sent = sent + 1
  return head .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency, requests)
  local sent, ran_out = 0, 0
  for _, thread in ipairs(threads) do
    sent, ran_out = sent + thread:get("sent"), ran_out + thread:get("ran_out")
  end
  local e = summary.errors
  io.write(string.format(
    'RESULT {"answers":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d,"sent":%d,"ran_out":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout, sent, ran_out))
end
