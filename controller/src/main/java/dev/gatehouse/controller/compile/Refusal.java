package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Meta;
import java.util.List;

/** A version of an object that was not taken over. */
record Refusal(Meta meta, List<Finding> findings) {}
