# Medians and ratios of bench/compare's rounds. In: lines of scenario, proxy, CPU microseconds, requests per second.
function median(list, n,   i, j, t) {
  for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (list[j] < list[i]) {t = list[i]; list[i] = list[j]; list[j] = t}
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
BEGIN {
  title["http1"] = "HTTP/1.1, 101 bytes, 64 connections"
  title["http1-tls"] = "the same over TLS 1.3"
  title["http2"] = "HTTP/2 in, HTTP/1.1 out, 101 bytes, 16 connections of 8 streams"
  title["http2-tls"] = "the same over TLS 1.3"
  title["down"] = "answers of 1 MiB, 8 connections"
  title["down-tls"] = "the same over TLS 1.3"
  title["up"] = "requests of 1 MiB, 8 connections"
  title["up-tls"] = "the same over TLS 1.3"
}
!($1 in seen) {seen[$1] = 1; order[++scenarios] = $1}
{key = $1 SUBSEP $2; c[key, ++n[key]] = $3; r[key, n[key]] = $4}
END {
  print "| scenario | proxy | CPU us/request: median (min - max) | x nginx | x better of both | requests/s, median |"
  print "|---|---|---|---|---|---|"
  split("nginx haproxy gatehouse", names, " ")
  for (s = 1; s <= scenarios; s++) {
    scenario = order[s]
    text = text (s > 1 ? "," : "") sprintf("\"%s\":{", scenario)
    best = 0
    for (k = 1; k <= 3; k++) {
      key = scenario SUBSEP names[k]
      delete a; delete b
      for (i = 1; i <= n[key]; i++) {a[i] = c[key, i]; b[i] = r[key, i]}
      m = median(a, n[key]); q = median(b, n[key])
      if (k == 1) base = m
      if (k <= 2 && (best == 0 || m < best)) best = m
      printf "| %s | %s | %.1f (%.1f - %.1f) | %.2f | %.2f | %d |\n", k == 1 ? title[scenario] : "", names[k], m, a[1], a[n[key]], m / base, m / best, q
      text = text sprintf("%s\"%s\":{\"cpu_us_per_request\":%.2f,\"min\":%.2f,\"max\":%.2f,\"x_nginx\":%.3f,\"requests_per_second\":%d}", k > 1 ? "," : "", names[k], m, a[1], a[n[key]], m / base, q)
    }
    text = text "}"
  }
  split(cold, f, " ")
  printf "\nHTTP/1.1 in the first seconds of the process: %.1f us/request. Machine: %s.\n", f[1], machine
  printf "{%s,\"gatehouse_cold_us\":%.2f,\"machine\":\"%s\"}\n", text, f[1], machine >json
}
