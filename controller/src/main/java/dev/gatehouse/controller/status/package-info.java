/**
 * Tells users what became of their objects: statuses and Events.
 * In: verdicts, receipts of data planes, what objects show now. Out: server-side applies and Events, by the leader only.
 * Never in the way of a publication; knows nothing of how anything is compiled.
 */
@NullMarked
package dev.gatehouse.controller.status;

import org.jspecify.annotations.NullMarked;
