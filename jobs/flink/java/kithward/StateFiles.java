package kithward;

import java.util.Collection;
import org.apache.flink.state.rocksdb.RocksDBOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionOptionsUniversal;
import org.rocksdb.CompactionStyle;
import org.rocksdb.DBOptions;

/**
 * Sets how RocksDB compacts the files of the state, and how long its list of them may become. Each checkpoint adds a small file
 * to every state that has changed. Level compaction, the default, rewrites the whole state with every fourth of them, up to
 * 256 MB, so that a message costs the more the more is remembered; universal compaction merges files of similar size instead.
 * The list, RocksDB's manifest, is a log that every checkpoint copies as a whole: up to a gigabyte of it by default. And a
 * checkpoint flushes all states of a step at once, with one entry in that log, while the step waits.
 */
public final class StateFiles implements RocksDBOptionsFactory {
    private static final long serialVersionUID = 1L;
    private static final int MOST_FILES = 8;
    private static final int MOST_SUPERSEDED_PERCENT = 50;
    private static final long MOST_MANIFEST_BYTES = 128 << 10;

    @Override
    public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
        return current.setMaxManifestFileSize(MOST_MANIFEST_BYTES).setAtomicFlush(true);
    }

    @Override
    public ColumnFamilyOptions createColumnOptions(ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
        CompactionOptionsUniversal universal = new CompactionOptionsUniversal();
        toClose.add(universal);
        universal.setMaxSizeAmplificationPercent(MOST_SUPERSEDED_PERCENT);
        return current.setCompactionStyle(CompactionStyle.UNIVERSAL)
                .setCompactionOptionsUniversal(universal)
                .setLevel0FileNumCompactionTrigger(MOST_FILES);
    }
}
