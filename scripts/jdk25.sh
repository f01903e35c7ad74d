# Sourced by ./verify and ./gatehouse: sets JAVA_HOME to a JDK 25 or newer, or explains what is missing.
# Looks at GATEHOUSE_JAVA_HOME, JAVA_HOME, the java on PATH, and where packages and version managers put JDKs.

jdk_feature() { # prints the feature version of the JDK in $1, nothing if there is none
  [ -x "$1/bin/javac" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

find_jdk25() {
  local candidate feature found="" path_java
  path_java=$(command -v java 2>/dev/null || true)
  [ -z "$path_java" ] || path_java=$(dirname "$(dirname "$(readlink -f "$path_java")")")
  for candidate in "${GATEHOUSE_JAVA_HOME:-}" "${JAVA_HOME:-}" "$path_java" \
    /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
    "$HOME"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    feature=$(jdk_feature "$candidate")
    [ -n "$feature" ] || continue
    if [ "$feature" -ge 25 ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
    found="$found
    JDK $feature in $candidate"
  done
  cat >&2 <<TXT
Gatehouse needs a JDK 25, and none was found.
  Found:${found:-
    no JDK at all}
  Get one:   Debian/Ubuntu  apt-get install temurin-25-jdk   (with Adoptium's package source)
             SDKMAN         sdk install java 25-tem
             macOS          brew install temurin@25
  Or point at one:  GATEHOUSE_JAVA_HOME=/path/to/jdk-25
TXT
  return 1
}
