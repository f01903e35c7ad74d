/**
 * A folder of manifests in the place of a cluster: reads, checks and watches its files.
 * In: a directory. Out: changes of models, and problems with file and line.
 * Knows nothing of what the models are compiled to, and no network.
 */
@NullMarked
package dev.gatehouse.controller.folder;

import org.jspecify.annotations.NullMarked;
