/**
 * Answers why a request gets the answer that it gets, by the matcher that serves.
 * In: a routing table and a request in words. Out: the explanation as JSON, without keys and credentials.
 * Sends nothing and changes nothing; never on the way of a request.
 */
@NullMarked
package dev.gatehouse.dataplane.explain;

import org.jspecify.annotations.NullMarked;
