# Sourced by bench/compare, bench/propagation, bench/scale and bench/routes from the root of the repository: runs the measuring programs.
. scripts/jdk25.sh
find_jdk25
results=bench/results
mkdir -p "$results"

java_bench() { # java_bench CLASS ARGUMENT...
  ./mvnw --batch-mode --no-transfer-progress --quiet -Dspotless.check.skip=true -Dmaven.test.skip=true -pl bench -am package
  "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED ${JAVA_BENCH_OPTIONS:-} -cp "bench/target/classes:bench/target/lib/*" \
    "dev.gatehouse.bench.$1" "${@:2}"
}
