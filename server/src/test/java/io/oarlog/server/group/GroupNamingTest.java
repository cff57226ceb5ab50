package io.oarlog.server.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class GroupNamingTest {
    private static final int PARTITIONS = 8;

    private final Names names = new Names();
    private final GroupNaming naming = new GroupNaming(names);

    private static ListGroupsResponseData listed(String... groups) {
        ListGroupsResponseData listed = new ListGroupsResponseData();
        for (String group : groups) {
            listed.groups().add(new ListedGroup().setGroupId(group));
        }
        return listed;
    }

    private static Set<Integer> partitionOf(String group) {
        return Set.of(OffsetsTopic.partitionOf(group, PARTITIONS));
    }

    @Test
    void shouldNameAGroupOnce() {
        // when
        naming.onSeen("billing");
        naming.onSeen("billing");

        // then
        assertThat(names.all).containsExactly("billing");
        assertThat(names.additions).isEqualTo(1);
    }

    @Test
    void shouldNameWhatHasComeWithoutARequest() {
        // when
        naming.compare(listed("billing"), partitionOf("billing"), PARTITIONS);

        // then
        assertThat(names.all).containsExactly("billing");
    }

    @Test
    void shouldTakeANameOutWhenItsGroupIsMissedTwice() {
        // given
        names.all.add("billing");

        // when
        naming.compare(listed(), partitionOf("billing"), PARTITIONS);
        Set<String> afterOnce = Set.copyOf(names.all);
        naming.compare(listed(), partitionOf("billing"), PARTITIONS);

        // then
        assertThat(afterOnce).containsExactly("billing");
        assertThat(names.all).isEmpty();
    }

    @Test
    void shouldSayNothingOfGroupsThatOthersCoordinate() {
        // given
        names.all.add("billing");

        // when
        naming.compare(listed(), Set.of(), PARTITIONS);
        naming.compare(listed(), Set.of(), PARTITIONS);

        // then
        assertThat(names.all).containsExactly("billing");
    }

    @Test
    void shouldSayNothingWhenGroupsAreStillLoaded() {
        // given
        names.all.add("billing");
        ListGroupsResponseData loading = listed().setErrorCode(Errors.COORDINATOR_LOAD_IN_PROGRESS.code());

        // when
        naming.compare(loading, partitionOf("billing"), PARTITIONS);
        naming.compare(loading, partitionOf("billing"), PARTITIONS);

        // then
        assertThat(names.all).containsExactly("billing");
    }

    private static final class Names implements GroupNaming.Names {
        private final Set<String> all = new TreeSet<>();
        private int additions;

        @Override
        public Set<String> groupNames() {
            return all;
        }

        @Override
        public boolean hasGroupName(String group) {
            return all.contains(group);
        }

        @Override
        public CompletableFuture<Boolean> addGroupName(String group) {
            additions++;
            return CompletableFuture.completedFuture(all.add(group));
        }

        @Override
        public CompletableFuture<Boolean> removeGroupName(String group) {
            return CompletableFuture.completedFuture(all.remove(group));
        }
    }
}
