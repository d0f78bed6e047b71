-- wrk script: read one address again and again, as a browser's script does, and print one line of JSON at the end.
-- Arguments: path, origin, etag of the answer at hand ("" for none).
function init(args)
  wrk.headers["Origin"] = args[2]
  wrk.headers["Accept-Encoding"] = "gzip, deflate, br"
  if args[3] and args[3] ~= "" then
    wrk.headers["If-None-Match"] = args[3]
  end
  whole = wrk.format("GET", args[1])
end

function request()
  return whole
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"answers":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d,"sent":%d,"ran_out":0}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout, summary.requests))
end
