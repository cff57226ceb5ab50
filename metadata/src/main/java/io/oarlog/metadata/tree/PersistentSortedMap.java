package io.oarlog.metadata.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map whose changes give a new map that shares almost all of the old one. Immutable.
 *
 * <p>A weight-balanced tree (Adams 1992, with the parameters 3 and 2 that Hirai and Yamamoto proved right in 2011): no
 * subtree is more than three times as large as its sibling. Get, put and remove take logarithmic time; an entry costs 32
 * bytes beside key and value.
 */
final class PersistentSortedMap<K extends Comparable<? super K>, V> {
    private static final int HEAVIER = 3;
    private static final int SINGLE_ROTATION = 2;
    private static final PersistentSortedMap<?, ?> EMPTY = new PersistentSortedMap<>(null);

    private final @Nullable Node<K, V> root;

    private PersistentSortedMap(@Nullable Node<K, V> root) {
        this.root = root;
    }

    @SuppressWarnings("unchecked") // it holds no key and no value
    static <K extends Comparable<? super K>, V> PersistentSortedMap<K, V> empty() {
        return (PersistentSortedMap<K, V>) EMPTY;
    }

    /**
     * The map of keys with their values.
     *
     * @param keys strictly ascending
     * @param values as many
     * @throws IllegalArgumentException when they are not
     */
    static <K extends Comparable<? super K>, V> PersistentSortedMap<K, V> ofSorted(List<K> keys, List<V> values) {
        if (keys.size() != values.size()) {
            throw new IllegalArgumentException(keys.size() + " keys and " + values.size() + " values");
        }
        for (int i = 1; i < keys.size(); i++) {
            if (keys.get(i - 1).compareTo(keys.get(i)) >= 0) {
                throw new IllegalArgumentException("keys do not ascend at " + i);
            }
        }
        return keys.isEmpty() ? empty() : new PersistentSortedMap<>(ofSorted(keys, values, 0, keys.size()));
    }

    /** Over the keys from {@code from} to before {@code end}. */
    private static <K, V> @Nullable Node<K, V> ofSorted(List<K> keys, List<V> values, int from, int end) {
        if (from == end) {
            return null;
        }
        int middle = (from + end) >>> 1;
        return new Node<>(
                keys.get(middle),
                values.get(middle),
                ofSorted(keys, values, from, middle),
                ofSorted(keys, values, middle + 1, end));
    }

    int size() {
        return size(root);
    }

    @Nullable
    V get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    /** This map with the value under the key, in place of the old one if there is one. */
    PersistentSortedMap<K, V> put(K key, V value) {
        return new PersistentSortedMap<>(put(root, key, value));
    }

    /** This map without the key. */
    PersistentSortedMap<K, V> remove(K key) {
        if (get(key) == null) {
            return this;
        }
        Node<K, V> rest = remove(root, key);
        return rest == null ? empty() : new PersistentSortedMap<>(rest);
    }

    /** All keys, ascending. */
    List<K> keys() {
        List<K> keys = new ArrayList<>(size());
        forEach((key, value) -> keys.add(key));
        return keys;
    }

    /** Visits all entries, keys ascending. */
    void forEach(BiConsumer<? super K, ? super V> visitor) {
        visit(root, visitor);
    }

    /** All entries, keys ascending. */
    Iterator<Map.Entry<K, V>> iterator() {
        return new InOrder<>(root);
    }

    private static final class InOrder<K, V> implements Iterator<Map.Entry<K, V>> {
        /** Nodes still to come, each before its right subtree; the next one on top. */
        private final Deque<Node<K, V>> pending = new ArrayDeque<>();

        InOrder(@Nullable Node<K, V> root) {
            descend(root);
        }

        private void descend(@Nullable Node<K, V> from) {
            for (Node<K, V> node = from; node != null; node = node.left) {
                pending.push(node);
            }
        }

        @Override
        public boolean hasNext() {
            return !pending.isEmpty();
        }

        @Override
        public Map.Entry<K, V> next() {
            Node<K, V> node = pending.pop();
            descend(node.right);
            return Map.entry(node.key, node.value);
        }
    }

    private static <K, V> void visit(@Nullable Node<K, V> node, BiConsumer<? super K, ? super V> visitor) {
        if (node != null) {
            visit(node.left, visitor);
            visitor.accept(node.key, node.value);
            visit(node.right, visitor);
        }
    }

    private static int size(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.size;
    }

    private static <K extends Comparable<? super K>, V> Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(key, value, null, null);
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            return balanced(node, put(node.left, key, value), node.right);
        } else if (order > 0) {
            return balanced(node, node.left, put(node.right, key, value));
        }
        return new Node<>(key, value, node.left, node.right);
    }

    private static <K extends Comparable<? super K>, V> @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            return balanced(node, remove(node.left, key), node.right);
        } else if (order > 0) {
            return balanced(node, node.left, remove(node.right, key));
        }
        return join(node.left, node.right);
    }

    private static <K, V> @Nullable Node<K, V> join(@Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        if (left == null) {
            return right;
        } else if (right == null) {
            return left;
        }
        return balanced(first(right), left, withoutFirst(right));
    }

    private static <K, V> Node<K, V> first(Node<K, V> node) {
        Node<K, V> first = node;
        while (first.left != null) {
            first = first.left;
        }
        return first;
    }

    private static <K, V> @Nullable Node<K, V> withoutFirst(Node<K, V> node) {
        return node.left == null ? node.right : balanced(node, withoutFirst(node.left), node.right);
    }

    /** The entry of {@code entry} over two subtrees of which one may have become too heavy by one. */
    private static <K, V> Node<K, V> balanced(Node<K, V> entry, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        if (size(left) + size(right) > 1) {
            if (right != null && right.size > HEAVIER * size(left)) {
                return rotatedLeft(entry, left, right);
            } else if (left != null && left.size > HEAVIER * size(right)) {
                return rotatedRight(entry, left, right);
            }
        }
        return entry.over(left, right);
    }

    private static <K, V> Node<K, V> rotatedLeft(Node<K, V> entry, @Nullable Node<K, V> left, Node<K, V> right) {
        Node<K, V> middle = right.left;
        if (middle == null || middle.size < SINGLE_ROTATION * size(right.right)) {
            return right.over(entry.over(left, middle), right.right);
        }
        return middle.over(entry.over(left, middle.left), right.over(middle.right, right.right));
    }

    private static <K, V> Node<K, V> rotatedRight(Node<K, V> entry, Node<K, V> left, @Nullable Node<K, V> right) {
        Node<K, V> middle = left.right;
        if (middle == null || middle.size < SINGLE_ROTATION * size(left.left)) {
            return left.over(left.left, entry.over(middle, right));
        }
        return middle.over(left.over(left.left, middle.left), entry.over(middle.right, right));
    }

    private static final class Node<K, V> {
        final K key;
        final V value;
        final @Nullable Node<K, V> left;
        final @Nullable Node<K, V> right;
        final int size;

        Node(K key, V value, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
            this.key = key;
            this.value = value;
            this.left = left;
            this.right = right;
            this.size = 1 + PersistentSortedMap.size(left) + PersistentSortedMap.size(right);
        }

        Node<K, V> over(@Nullable Node<K, V> newLeft, @Nullable Node<K, V> newRight) {
            return new Node<>(key, value, newLeft, newRight);
        }
    }
}
