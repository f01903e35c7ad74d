/**
 * Fixtures that the tests of several modules share.
 * In: what a test wants to see. Out: API objects, certificates, backends that record what they were sent.
 * Knows nothing of the code under test.
 */
@NullMarked
package dev.gatehouse.testkit;

import org.jspecify.annotations.NullMarked;
