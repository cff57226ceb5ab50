package io.oarlog.metadata.zookeeper;

/** What a watch event says. */
enum WatchEventType {
    NODE_CREATED(1),
    NODE_DELETED(2),
    NODE_DATA_CHANGED(3),
    NODE_CHILDREN_CHANGED(4);

    private final int number;

    WatchEventType(int number) {
        this.number = number;
    }

    /** As it goes over the wire. */
    int number() {
        return number;
    }
}
