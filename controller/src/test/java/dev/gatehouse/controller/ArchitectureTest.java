package dev.gatehouse.controller;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which part of the control plane may know which: docs/architecture.md. */
@AnalyzeClasses(packages = "dev.gatehouse.controller", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule THE_COMPILER_IS_PURE = noClasses()
            .that()
            .resideInAnyPackage("..controller.model..", "..controller.graph..", "..controller.compile..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.vertx..",
                    "io.netty..",
                    "io.fabric8.kubernetes.client",
                    "io.fabric8.kubernetes.client.informers..",
                    "io.javaoperatorsdk..",
                    "java.util.concurrent..",
                    "java.net.http..",
                    "java.nio.file..",
                    "..controller.watch..",
                    "..controller.publish..",
                    "..controller.status..",
                    "..controller.fleet..",
                    "..controller.lead..",
                    "..controller.trust..",
                    "..controller.boot..");

    @ArchTest
    static final ArchRule NOBODY_KNOWS_HOW_IT_IS_STARTED = noClasses()
            .that()
            .resideOutsideOfPackage("..controller.boot..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..controller.boot..");

    @ArchTest
    static final ArchRule PUBLISHING_KNOWS_NO_COMPILER_AND_NO_STATUS = noClasses()
            .that()
            .resideInAPackage("..controller.publish..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..controller.compile..", "..controller.graph..", "..controller.status..");

    @ArchTest
    static final ArchRule THE_OPERATOR_KNOWS_NO_ROUTES = noClasses()
            .that()
            .resideInAPackage("..controller.fleet..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..controller.model..", "..controller.compile..", "..controller.publish..");

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("dev.gatehouse.controller.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule PLANES_DO_NOT_KNOW_EACH_OTHER =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.gatehouse.dataplane..");
}
