/**
 * The gatehouse command.
 * In: arguments, environment. Out: exit codes, and text for people.
 * Knows the two programs by their boot packages only.
 */
@NullMarked
package dev.gatehouse.cli;

import org.jspecify.annotations.NullMarked;
