package io.oarlog.server;

import static com.tngtech.archunit.base.DescribedPredicate.anyElementThat;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import org.apache.kafka.common.KafkaException;

/** The directions of dependencies, and what no class may use. */
@AnalyzeClasses(
        packages = "io.oarlog",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeTestJars.class})
class ArchitectureTest {
    /** The tests of other modules, which some tests use. */
    static final class DoNotIncludeTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    @ArchTest
    static final ArchRule MODULES_POINT_DOWN = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("log")
            .definedBy("io.oarlog.log..")
            .layer("raft")
            .definedBy("io.oarlog.raft..")
            .layer("metadata")
            .definedBy("io.oarlog.metadata..")
            .layer("client")
            .definedBy("io.oarlog.client..")
            .layer("broker")
            .definedBy(
                    "io.oarlog.server",
                    "io.oarlog.server.api..",
                    "io.oarlog.server.group..",
                    "io.oarlog.server.inspect..",
                    "io.oarlog.server.net..")
            .layer("embedded")
            .definedBy("io.oarlog.server.embedded..")
            .layer("cli")
            .definedBy("io.oarlog.server.cli..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("embedded")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("broker")
            .mayOnlyBeAccessedByLayers("cli", "embedded")
            .whereLayer("client")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("metadata")
            .mayOnlyBeAccessedByLayers("broker")
            .whereLayer("raft")
            .mayOnlyBeAccessedByLayers("metadata", "broker")
            .whereLayer("log")
            .mayOnlyBeAccessedByLayers("raft", "metadata", "broker", "embedded");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.oarlog.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_RAFT_KNOWS_RATIS = noClasses()
            .that()
            .resideOutsideOfPackage("io.oarlog.raft..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.ratis.."));

    @ArchTest
    static final ArchRule NOTHING_OF_RATIS_LEAVES_RAFT = noMethods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAPackage("io.oarlog.raft..")
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            // Ratis finds it as a service, which has to be public.
            .and()
            .areDeclaredInClassesThat()
            .doNotHaveSimpleName("RatisMetricsBridge")
            .should()
            .haveRawReturnType(resideInAPackage("org.apache.ratis.."))
            .orShould()
            .haveRawParameterTypes(anyElementThat(resideInAPackage("org.apache.ratis..")));

    /** What compaction unpacks records with. */
    private static final DescribedPredicate<JavaClass> KAFKA_RECORD_FORMAT = resideInAnyPackage(
                    "org.apache.kafka.common.record..",
                    "org.apache.kafka.common.compress..",
                    "org.apache.kafka.common.utils..")
            .or(equivalentTo(KafkaException.class));

    @ArchTest
    static final ArchRule LOG_KNOWS_NO_PROTOCOL = noClasses()
            .that()
            .resideInAPackage("io.oarlog.log..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.netty..", "org.apache.ratis..")
                    .or(resideInAPackage("org.apache.kafka..").and(not(KAFKA_RECORD_FORMAT))));

    /** Their modules see it through log's. */
    @ArchTest
    static final ArchRule RAFT_AND_METADATA_KNOW_NOTHING_OF_KAFKA = noClasses()
            .that()
            .resideInAnyPackage("io.oarlog.raft..", "io.oarlog.metadata..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.kafka.."));

    @ArchTest
    static final ArchRule ONLY_LISTENERS_KNOW_NETTY = noClasses()
            .that()
            .resideOutsideOfPackages("io.oarlog.server.net..", "io.oarlog.metadata.zookeeper..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.netty.."));

    @ArchTest
    static final ArchRule ONLY_ZOOKEEPERS_PROTOCOL_KNOWS_JUTE = noClasses()
            .that()
            .resideOutsideOfPackage("io.oarlog.metadata.zookeeper..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.apache.jute..", "org.apache.zookeeper.."));

    /** The codec is ZooKeeper's, nothing else: its client and its server are for tests. */
    @ArchTest
    static final ArchRule NO_ZOOKEEPER_ONLY_ITS_CODEC = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.zookeeper..")
                    .and(not(resideInAnyPackage("org.apache.zookeeper.proto..", "org.apache.zookeeper.data.."))));

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_USES_KAFKAS_CLIENTS = noClasses()
            .that()
            .resideOutsideOfPackage("io.oarlog.server.cli..")
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.kafka.clients.."));

    @ArchTest
    static final ArchRule ONLY_GROUP_KNOWS_KAFKAS_COORDINATOR = noClasses()
            .that()
            .resideOutsideOfPackage("io.oarlog.server.group..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "org.apache.kafka.coordinator..",
                    "org.apache.kafka.image..",
                    "org.apache.kafka.server..",
                    "org.apache.kafka.storage..",
                    "org.apache.kafka.timeline..",
                    "com.yammer.."));

    /** It hands on to them by what they offer: they serve requests without it. */
    @ArchTest
    static final ArchRule NO_API_KNOWS_GROUPS = noClasses()
            .that()
            .resideInAnyPackage("io.oarlog.server.api..", "io.oarlog.server.net..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.oarlog.server.group.."));

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS = noClasses()
            .that()
            .resideOutsideOfPackage("io.oarlog.server.cli..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule NOBODY_SLEEPS = noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
