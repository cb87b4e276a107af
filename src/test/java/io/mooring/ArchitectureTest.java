package io.mooring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;

@AnalyzeClasses(packages = "io.mooring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] CORE = {"io.mooring.call..", "io.mooring.sip.."};

    @ArchTest
    static final ArchRule coreKnowsNoFramework = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..", "com.hazelcast..",
                    "java.net.http..", "com.sun.net.httpserver..")
            .because("calls and SIP are decided without a framework, so that tests can decide them exactly")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule coreKnowsNoOuterLayer = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.mooring.store..", "io.mooring.cluster..", "io.mooring.api..")
            .because("storage, clustering and HTTP call the core, never the other way round")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule packagesFormNoCycle = slices()
            .matching("io.mooring.(*)..")
            .should()
            .beFreeOfCycles()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyStoreTalksToRedis = noClasses()
            .that()
            .resideOutsideOfPackage("io.mooring.store..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.redis..")
            .because("one place owns time limits, retries and what may be logged of a command")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyClusterTalksToHazelcast = noClasses()
            .that()
            .resideOutsideOfPackage("io.mooring.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..")
            .allowEmptyShould(true);

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        assertThat(classes.getPackage("io.mooring").getSubpackagesInTree())
                .filteredOn(javaPackage -> !javaPackage.getClasses().isEmpty())
                .filteredOn(javaPackage -> !javaPackage.isAnnotatedWith(NullMarked.class))
                .extracting(JavaPackage::getName)
                .as("packages without a @NullMarked package-info")
                .isEmpty();
        assertThat(classes.getPackage("io.mooring").isAnnotatedWith(NullMarked.class)).isTrue();
    }
}
