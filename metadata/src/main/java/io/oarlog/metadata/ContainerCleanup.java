package io.oarlog.metadata;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand.DeleteContainer;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodePath;
import io.oarlog.metadata.tree.ZnodeTree;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On the leader, deletes containers that had children and have none any more; elsewhere it only knows them. One that was left
 * just now stays until the next round, for whoever is about to create a child again. Told of changes on the apply thread; its
 * rounds run on the scheduler, one at a time.
 */
final class ContainerCleanup implements TreeListener {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerCleanup.class);
    /** Of one round; the others follow with the next. */
    private static final int MAX_DELETIONS = 1_000;

    private final ReplicatedTree replicated;
    private final BooleanSupplier isLeader;
    private final Set<String> leftOver = ConcurrentHashMap.newKeySet();
    /** Those of the round before, with the zxid by which they were left. */
    private Map<String, Long> seenBefore = Map.of();

    private CompletableFuture<?> deletions = CompletableFuture.completedFuture(null);
    private volatile @Nullable ScheduledFuture<?> schedule;

    /** One that knows the containers left before and from now on. */
    ContainerCleanup(ReplicatedTree replicated, BooleanSupplier isLeader) {
        this.replicated = replicated;
        this.isLeader = isLeader;
        replicated.addListener(this);
        noteAll(replicated.tree());
    }

    void start(ScheduledExecutorService scheduler, Duration interval) {
        schedule = scheduler.scheduleWithFixedDelay(
                this::deleteOnInterval, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void close() {
        ScheduledFuture<?> running = schedule;
        if (running != null) {
            running.cancel(false);
        }
    }

    @Override
    public void onChange(ZnodeTree tree, List<ZnodeEvent> events) {
        for (ZnodeEvent event : events) {
            if (event.kind() == ZnodeEvent.Kind.CHILDREN_CHANGED || event.kind() == ZnodeEvent.Kind.DELETED) {
                note(event.path(), tree.get(event.path()));
            }
        }
    }

    private void note(String path, Optional<Znode> node) {
        if (node.isPresent() && node.get().isLeftOverContainer()) {
            leftOver.add(path);
        } else {
            leftOver.remove(path);
        }
    }

    @Override
    public void onRestored(ZnodeTree tree) {
        leftOver.clear();
        noteAll(tree);
    }

    private void noteAll(ZnodeTree tree) {
        Deque<String> paths = new ArrayDeque<>(List.of("/"));
        Deque<Znode> nodes = new ArrayDeque<>(List.of(tree.get("/").orElseThrow()));
        while (!paths.isEmpty()) {
            String path = paths.pop();
            Znode node = nodes.pop();
            if (node.isLeftOverContainer()) {
                leftOver.add(path);
            }
            node.forEachChild((name, child) -> {
                paths.push(ZnodePath.child(path, name));
                nodes.push(child);
            });
        }
    }

    private void deleteOnInterval() {
        try {
            deleteLeftOver();
        } catch (RuntimeException e) {
            // One failed round must not end all later ones.
            LOG.atError().setCause(e).log("the deletion of left containers failed");
        }
    }

    /** One round. */
    void deleteLeftOver() {
        if (!isLeader.getAsBoolean()) {
            seenBefore = Map.of();
            return;
        } else if (!deletions.isDone()) {
            return;
        }
        ZnodeTree tree = replicated.tree();
        Map<String, Long> seen = new HashMap<>();
        List<CompletableFuture<?>> deleting = new ArrayList<>();
        for (String path : leftOver) {
            Optional<Znode> node = tree.get(path).filter(Znode::isLeftOverContainer);
            if (node.isEmpty()) {
                forget(path);
            } else {
                Long left = node.get().stat().pzxid();
                seen.put(path, left);
                if (left.equals(seenBefore.get(path)) && deleting.size() < MAX_DELETIONS) {
                    // Should it fail, the next round tries again.
                    deleting.add(replicated.submit(new DeleteContainer(path)).exceptionally(failure -> null));
                }
            }
        }
        seenBefore = seen;
        deletions = CompletableFuture.allOf(deleting.toArray(CompletableFuture<?>[]::new));
    }

    /** Of one that was noted from a tree that the apply thread had left behind already. */
    private void forget(String path) {
        leftOver.remove(path);
        // It may have been left again meanwhile, and the apply thread have told so before it was removed.
        if (replicated.tree().get(path).filter(Znode::isLeftOverContainer).isPresent()) {
            leftOver.add(path);
        }
    }
}
