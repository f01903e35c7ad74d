# Part of bench/compare: CPU time per request, beside nginx and HAProxy.

need() {
  command -v nginx >/dev/null && command -v haproxy >/dev/null && command -v wrk >/dev/null && command -v h2load >/dev/null && return
  [ "$(id -u)" = 0 ] || { echo "bench/compare needs nginx, haproxy, wrk and h2load, and only root can install them" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light haproxy wrk nghttp2-client openssl >/dev/null
}

ticks() { # user and system ticks of a process and its children
  local sum=0 pid
  for pid in "$1" $(pgrep -P "$1" || true); do
    sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}')))
  done
  echo "$sum"
}

await() { # await PORT: until it answers 200
  for _ in $(seq 300); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: bench.example.com' "http://127.0.0.1:$1/" || true)" = 200 ] && return
    sleep 0.1
  done
  echo "nothing answers on port $1" >&2
  exit 1
}

certificate() { # an ECDSA P-256 certificate for everybody, and as a Secret for Gatehouse
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench.example.com \
    -addext subjectAltName=DNS:bench.example.com -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
  cat "$work/tls.crt" "$work/tls.key" >"$work/tls.pem"
  cp bench/compare.d/routes/* "$work/routes/"
  printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: bench-tls, namespace: default}\ntype: kubernetes.io/tls\ndata: {tls.crt: %s, tls.key: %s}\n' \
    "$(base64 -w0 "$work/tls.crt")" "$(base64 -w0 "$work/tls.key")" >"$work/routes/secret.yaml"
}

wrk_requests() {
  wrk "$@" | awk '/requests in/ {n = $1} /Non-2xx/ {bad = 1} END {print bad ? 0 : n}'
}

h2load_requests() {
  h2load "$@" | awk '/^requests:/ {bad = $10 + $12; n = $8} END {print bad ? 0 : n}'
}

load() { # load SCENARIO PLAIN-PORT TLS-PORT H2C-PORT SECONDS: prints the number of requests that were served
  local host='Host: bench.example.com'
  case $1 in
    http1) wrk_requests -t1 -c64 "-d${5}s" -H "$host" "http://127.0.0.1:$2/" ;;
    http1-tls) wrk_requests -t1 -c64 "-d${5}s" -H "$host" "https://127.0.0.1:$3/" ;;
    http2) h2load_requests -t1 -c16 -m8 --warm-up-time=0 -D "$5" --header=":authority: bench.example.com" "http://127.0.0.1:$4/" ;;
    http2-tls) h2load_requests -t1 -c16 -m8 --warm-up-time=0 -D "$5" --header=":authority: bench.example.com" "https://127.0.0.1:$3/" ;;
    down) wrk_requests -t1 -c8 "-d${5}s" -H "$host" "http://127.0.0.1:$2/1m" ;;
    down-tls) wrk_requests -t1 -c8 "-d${5}s" -H "$host" "https://127.0.0.1:$3/1m" ;;
    up) wrk_requests -t1 -c8 "-d${5}s" -H "$host" -s "$work/up.lua" "http://127.0.0.1:$2/up" ;;
    up-tls) wrk_requests -t1 -c8 "-d${5}s" -H "$host" -s "$work/up.lua" "https://127.0.0.1:$3/up" ;;
  esac
}

measure() { # measure SCENARIO PID PORTS...: prints CPU microseconds per request, and requests per second
  local before after requests
  before=$(ticks "$2")
  requests=$(load "$1" "$3" "$4" "$5" "$seconds")
  after=$(ticks "$2")
  [ "$requests" -gt 0 ] || { echo "$1 on ports $3, $4, $5 gave errors under load" >&2; exit 1; }
  awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v n="$requests" -v s="$seconds" \
    'BEGIN {printf "%.2f %.0f\n", t / hz * 1e6 / n, n / s}'
}

peers() { # starts the backend and all peers, and waits until they serve
  need
  ./gatehouse --version >/dev/null
  chmod 755 "$work" # nginx reads its files as another user
  mkdir -p "$work/routes" "$work/www"
  certificate
  head -c 1048576 /dev/zero | tr '\0' x >"$work/www/1m"
  printf 'wrk.method = "POST"\nwrk.body = string.rep("x", 1048576)\n' >"$work/up.lua"
  local file
  for file in backend.conf nginx.conf haproxy.cfg; do sed "s|WORK|$work|g" "bench/compare.d/$file" >"$work/$file"; done
  nginx -c "$work/backend.conf" -g 'daemon off;' & pids+=($!)
  nginx -c "$work/nginx.conf" -g 'daemon off;' & pids+=($!); pid[nginx]=$!
  haproxy -q -f "$work/haproxy.cfg" & pids+=($!); pid[haproxy]=$!
  cli/target/dist/bin/gatehouse run "$work/routes" --http-port 19080 --https-port 19443 --admin-port 0 --event-loops 1 \
    >"$work/gatehouse.log" 2>&1 & pids+=($!); pid[gatehouse]=$!
  await 19081; await 19082; await 19080
}

declare -A pid
declare -A ports=([nginx]="19081 19444 19083" [haproxy]="19082 19445 19084" [gatehouse]="19080 19443 19080")
machine="$(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"

cpu() {
  peers
  local name scenario cold figures
  # shellcheck disable=SC2086 # the ports are words
  cold=$(measure http1 "${pid[gatehouse]}" ${ports[gatehouse]})
  for scenario in ${SCENARIOS:-http1 http1-tls http2 http2-tls down down-tls up up-tls}; do
    echo "$scenario: warming up" >&2
    load "$scenario" 19080 19443 19080 "${WARM_SECONDS:-15}" >/dev/null
    for _ in $(seq "$rounds"); do
      for name in nginx haproxy gatehouse; do
        # shellcheck disable=SC2086
        figures=$(measure "$scenario" "${pid[$name]}" ${ports[$name]})
        echo "$scenario $name $figures" | tee -a "$work/cpu" >&2
      done
    done
  done
  awk -v cold="$cold" -v machine="$machine" -v json="$results/cpu.json" -f bench/compare.d/cpu.awk "$work/cpu"
}

latency() {
  [ "${pid[nginx]:-}" ] || peers
  load http1 19080 19443 19080 "${WARM_SECONDS:-15}" >/dev/null
  java_bench Latency bench.example.com "$rounds" "$seconds" "$results/latency.json" nginx=19081 haproxy=19082 gatehouse=19080
}

handshakes() {
  [ "${pid[nginx]:-}" ] || peers
  java_bench Handshakes bench.example.com "$rounds" "$seconds" "$results/handshakes.json" \
    "nginx=19444:${pid[nginx]}" "haproxy=19445:${pid[haproxy]}" "gatehouse=19443:${pid[gatehouse]}"
}

beside() { # beside floods|storm ROUNDS SECONDS: what good clients feel of it, with each of PROXIES
  local name all=()
  for name in ${PROXIES:-nginx haproxy gatehouse}; do all+=("$name=${ports[$name]// /:}"); done
  java_bench Floods "$1" bench.example.com "$2" "$3" "$results/$1.json" "${all[@]}"
}

storm() {
  [ "${pid[nginx]:-}" ] || peers
  beside storm "$rounds" "$seconds"
}

floods() {
  [ "${pid[nginx]:-}" ] || peers
  load http1 19080 19443 19080 "${WARM_SECONDS:-15}" >/dev/null
  beside floods "${ROUNDS:-1}" "${SECONDS_EACH:-2}"
}
