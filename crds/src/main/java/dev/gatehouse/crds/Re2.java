package dev.gatehouse.crds;

/** Has the API server compile a regular expression: CEL's are RE2, as those of the data planes. */
final class Re2 {

    /** Whatever it matches: an expression that does not compile is an error, and refuses the object. An {@code ||} would forgive it. */
    static final String CEL = "''.matches(self) in [true, false]";

    static final String CEL_MESSAGE =
            "a regular expression has RE2 syntax (github.com/google/re2/wiki/Syntax), which has neither look-around nor back-references";

    private Re2() {}
}
