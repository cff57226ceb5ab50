package io.oarlog.log;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An index file that is looked into page by page. Its top is kept, 12 bytes for each page of 4 KiB; the pages that were read
 * are kept while memory allows. Thread-safe.
 */
final class IndexPages {
    private final IndexFile file;
    private final IndexFile.Top top;
    private final IndexEntries keys;
    private final Predicate<IndexEntries> isPageSound;
    private final AtomicReferenceArray<@Nullable SoftReference<IndexEntries>> seen;

    private IndexPages(IndexFile file, IndexFile.Top top, Predicate<IndexEntries> isPageSound) {
        this.file = file;
        this.top = top;
        this.isPageSound = isPageSound;
        this.keys = top.keys();
        this.seen = new AtomicReferenceArray<>(top.pageCount());
    }

    /**
     * Reads the top; nothing when the file is missing or its top is wrong.
     *
     * @param isPageSound asked of each page that is read, once
     */
    static Optional<IndexPages> open(IndexFile file, Predicate<IndexEntries> isPageSound) throws IOException {
        return file.readTop().map(top -> new IndexPages(file, top, isPageSound));
    }

    /** The first {@value IndexFile#KEY_BYTES} bytes of each page. */
    IndexEntries keys() {
        return keys;
    }

    int entryCount() {
        return top.entryCount();
    }

    Optional<IndexEntries> lastPage() throws IOException {
        return page(top.pageCount() - 1);
    }

    /** From memory or in one read; nothing when the page is not what was written. */
    Optional<IndexEntries> page(int number) throws IOException {
        SoftReference<IndexEntries> reference = seen.get(number);
        IndexEntries kept = reference == null ? null : reference.get();
        if (kept != null) {
            return Optional.of(kept);
        }
        Optional<IndexEntries> read = file.readPage(top, number).filter(isPageSound);
        read.ifPresent(page -> seen.set(number, new SoftReference<>(page)));
        return read;
    }
}
