package io.oarlog.metadata;

/** Told of changes after they are applied on this node, in log order, on the metadata apply thread: must not block. */
public interface MetadataListener {
    void onTopicCreated(Topic topic);

    void onTopicDeleted(Topic topic);
}
