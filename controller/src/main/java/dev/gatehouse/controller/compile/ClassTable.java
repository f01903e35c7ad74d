package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ClassRef;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.IngressClassModel;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which routes are ours, as Kubernetes documents it: a route names an IngressClass, the class names its controller and, by
 * parameters, the fleet. A route that names none belongs to the default class; of several default classes the newest counts,
 * as the API server's admission has it. The old annotation goes before the field, and means the controller's own class name
 * even where no IngressClass object has that name.
 *
 * @param classes by name
 * @param fleets that exist; the default fleet is always among them
 */
record ClassTable(WorldOptions options, Map<String, IngressClassModel> classes, Set<FleetKey> fleets) {

    static ClassTable of(WorldOptions options, List<IngressClassModel> classes, Set<FleetKey> fleets) {
        TreeMap<String, IngressClassModel> byName = new TreeMap<>();
        classes.forEach(c -> byName.put(c.key().name(), c));
        return new ClassTable(options, byName, fleets);
    }

    Selection select(RouteModel route) {
        String field = "spec.ingressClassName";
        return switch (route.classRef()) {
            case ClassRef.None() -> selectDefault(field);
            case ClassRef.Name(String name) -> select(name, false, field);
            case ClassRef.Annotation(String name) ->
                select(name, true, "metadata.annotations['kubernetes.io/ingress.class']");
        };
    }

    private Selection selectDefault(String field) {
        Optional<IngressClassModel> defaultClass = classes.values().stream()
                .filter(IngressClassModel::isDefault)
                .min(Comparator.comparing((IngressClassModel c) -> c.meta().created())
                        .reversed()
                        .thenComparing(c -> c.key().name()));
        if (defaultClass.isPresent()) {
            return select(defaultClass.get(), field);
        }
        if (options.standalone() && classes.isEmpty()) {
            return new Selection.Serve(options.defaultFleet());
        }
        return new Selection.Foreign(List.of(Finding.warning(
                Reasons.NO_INGRESS_CLASS,
                field,
                "is not set, and no IngressClass is marked as the default; write "
                        + ours().map(name -> "'" + name + "'")
                                .orElse("the name of an IngressClass of " + options.controllerName())
                        + " to have it served")));
    }

    private Selection select(String name, boolean byAnnotation, String field) {
        IngressClassModel found = classes.get(name);
        if (found != null) {
            return select(found, field);
        }
        boolean ownName = name.equals(options.className());
        if (ownName && (byAnnotation || (options.standalone() && classes.isEmpty()))) {
            return new Selection.Serve(options.defaultFleet());
        }
        return new Selection.Foreign(List.of(Finding.warning(
                Reasons.INGRESS_CLASS_NOT_FOUND,
                field,
                "names the class '" + name + "', of which there is no IngressClass object; "
                        + ours().map(our -> "Gatehouse serves '" + our + "'").orElse("nobody may serve it"))));
    }

    private Selection select(IngressClassModel found, String field) {
        if (!isOurs(found)) {
            return new Selection.Foreign(List.of());
        }
        FleetKey fleet = fleetOf(found);
        if (fleets.contains(fleet)) {
            return new Selection.Serve(fleet);
        }
        return new Selection.Refuse(List.of(Finding.error(
                Reasons.FLEET_NOT_FOUND,
                field,
                "means the IngressClass '" + found.key().name() + "', whose ProxyFleet " + fleet
                        + " does not exist; create it, or choose another class")));
    }

    /** The name of a class of ours that may be recommended. */
    private Optional<String> ours() {
        return classes.values().stream()
                .filter(this::isOurs)
                .map(c -> c.key().name())
                .findFirst();
    }

    boolean isOurs(IngressClassModel ingressClass) {
        return ingressClass.controller().equals(options.controllerName());
    }

    FleetKey fleetOf(IngressClassModel ingressClass) {
        return ingressClass
                .parameters()
                .map(IngressClassModel.Parameters::fleet)
                .orElse(options.defaultFleet());
    }

    /** What is to be said about a class of ours. */
    List<Finding> findings(IngressClassModel ingressClass) {
        FleetKey fleet = fleetOf(ingressClass);
        return fleets.contains(fleet)
                ? List.of()
                : List.of(Finding.error(
                        Reasons.FLEET_NOT_FOUND,
                        "spec.parameters",
                        "names the ProxyFleet " + fleet + ", which does not exist; create it, or name one that does"));
    }

    /** Why a class of ours cannot be understood; a class of somebody else is never looked into. */
    static List<Finding> refusal(WorldOptions options, IngressClassModel ingressClass) {
        boolean ours = ingressClass.controller().equals(options.controllerName());
        return !ours
                        || ingressClass
                                .parameters()
                                .map(IngressClassModel.Parameters::isFleet)
                                .orElse(true)
                ? List.of()
                : List.of(Finding.error(
                        Reasons.INVALID_PARAMETERS,
                        "spec.parameters",
                        "names no ProxyFleet in a namespace; write apiGroup: gatehouse.dev, kind: ProxyFleet,"
                                + " scope: Namespace, a namespace and a name, or leave it out for the fleet "
                                + options.defaultFleet()));
    }
}
