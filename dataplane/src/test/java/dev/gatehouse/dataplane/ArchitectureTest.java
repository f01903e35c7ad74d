package dev.gatehouse.dataplane;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which part of the data plane may know which: docs/architecture.md. */
@AnalyzeClasses(packages = "dev.gatehouse.dataplane", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule NO_CLUSTER_CREDENTIAL = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fabric8..",
                    "io.kubernetes..",
                    "io.javaoperatorsdk..",
                    "dev.gatehouse.controller..",
                    "dev.gatehouse.crds..");

    @ArchTest
    static final ArchRule MATCHING_AND_BALANCING_ARE_PURE = noClasses()
            .that()
            .resideInAnyPackage("..dataplane.match..", "..dataplane.balance..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.netty..",
                    "io.vertx..",
                    "..dataplane.forward..",
                    "..dataplane.listen..",
                    "..dataplane.control..");

    @ArchTest
    static final ArchRule THE_TABLE_KNOWS_NO_SOCKET = noClasses()
            .that()
            .resideInAPackage("..dataplane.table..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx..");

    @ArchTest
    static final ArchRule ONLY_THE_LOOPS_KNOW_VERTX_INTERNALS = noClasses()
            .that()
            .resideOutsideOfPackage("..dataplane.loop..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.internal..");

    @ArchTest
    static final ArchRule THE_PARSER_KNOWS_NOTHING_OF_CONNECTIONS = noClasses()
            .that()
            .resideInAPackage("..dataplane.http1..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty.channel..", "io.vertx..", "..dataplane.forward..", "..dataplane.listen..");

    @ArchTest
    static final ArchRule NOBODY_KNOWS_HOW_IT_IS_STARTED = noClasses()
            .that()
            .resideOutsideOfPackage("..dataplane.boot..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..dataplane.boot..");

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("dev.gatehouse.dataplane.(*)..").should().beFreeOfCycles();
}
