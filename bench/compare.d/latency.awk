# Reads lines "PEER P50 P99 MAX RATE", in microseconds: medians of the rounds, with the least and the greatest.
function median(list, n, v, i) {
  n = split(list, v, " ")
  for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
  least = v[1]; greatest = v[n]
  return v[int((n + 1) / 2)]
}
{ p50[$1] = p50[$1] " " $2; p99[$1] = p99[$1] " " $3; reached[$1] = reached[$1] " " $5 }
END {
  printf "HTTP/1.1, small answers, 64 connections, %d requests/s (70 %% of what nginx serves at most); %s\n\n", rate, machine
  print "| | p50 us | p99 us: median (min - max) | x nginx | requests/s |\n|---|---|---|---|---|"
  base = median(p99["nginx"])
  n = split("nginx haproxy gatehouse", names, " ")
  for (i = 1; i <= n; i++) {
    name = names[i]; middle = median(p50[name]); rest = median(reached[name]); worst = median(p99[name])
    printf "| %s | %d | %d (%d - %d) | %.2f | %d |\n", name, middle, worst, least, greatest, worst / base, rest
    out = out (i > 1 ? "," : "") sprintf("\"%s\":{\"p50_us\":%d,\"p99_us\":%d}", name, middle, worst)
  }
  printf "{\"rate\":%d,%s}\n", rate, out > json
}
