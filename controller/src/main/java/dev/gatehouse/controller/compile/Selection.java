package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import java.util.List;

/** Who is to serve a route. */
sealed interface Selection {

    /** One of our fleets. */
    record Serve(FleetKey fleet) implements Selection {}

    /** Somebody else, or nobody: nothing is written to the object. */
    record Foreign(List<Finding> findings) implements Selection {}

    /** We should, but cannot. */
    record Refuse(List<Finding> findings) implements Selection {}
}
