package io.oarlog.metadata;

/** Told of changes after they are applied on this node, in log order, on the metadata apply thread: must not block. */
public interface MetadataListener {
    void onTopicCreated(Topic topic);

    /**
     * A topic has more partitions or other configs than before.
     *
     * @param now the same topic, by its id
     */
    void onTopicChanged(Topic before, Topic now);

    void onTopicDeleted(Topic topic);
}
