package dev.gatehouse.controller.model;

import java.util.List;

/**
 * A version of an object that cannot be understood as a whole. The version before it, if there was one, keeps serving.
 *
 * @param findings why; never empty
 */
public record UnreadableModel(Meta meta, List<Finding> findings) implements ResourceModel {}
