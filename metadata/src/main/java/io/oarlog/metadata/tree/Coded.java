package io.oarlog.metadata.tree;

/** A constant with a number that stands for it in encoded form, for good. */
interface Coded {
    /** 0 to 255, unique in its enum. */
    int code();
}
