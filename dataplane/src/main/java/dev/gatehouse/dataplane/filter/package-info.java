/**
 * What the filters of a rule do to the heads of its exchanges.
 * In: a parsed head and the compiled filters. Out: lines taken out, lines to add, another path.
 * Knows nothing of connections or backends.
 */
@NullMarked
package dev.gatehouse.dataplane.filter;

import org.jspecify.annotations.NullMarked;
