package io.oarlog.metadata;

import io.oarlog.metadata.tree.Origin;

/** Told what became of every entry, of whichever node, in log order, on the apply thread: must not block. */
interface EntryListener {
    /** A command of an entry was applied, and the listeners of the tree know. */
    void onApplied(Origin origin, long sequence, int position, CommandOutcome outcome);

    /** An entry changed nothing and never will: it was not the next one of its node. */
    void onRefused(Origin origin, long sequence);

    /** A snapshot has taken the place of entries that nobody was told of. */
    void onRestored();
}
