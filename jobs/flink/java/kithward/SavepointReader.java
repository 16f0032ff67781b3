package kithward;

import java.io.DataInputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.CompositeKeySerializationUtils;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.RegisteredKeyValueStateBackendMetaInfo;
import org.apache.flink.runtime.state.StateSerializerProvider;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.restore.FullSnapshotRestoreOperation;
import org.apache.flink.runtime.state.restore.KeyGroup;
import org.apache.flink.runtime.state.restore.KeyGroupEntry;
import org.apache.flink.runtime.state.restore.SavepointRestoreResult;
import org.apache.flink.runtime.state.restore.ThrowingIterator;
import org.apache.flink.types.Row;

/**
 * Prints the keyed state of one key from a savepoint. `SavepointReader DIRECTORY KEY` writes a line for each entry of each
 * step's map states: step, state, entry key and value, tab-separated, the last two in base64; a number is its decimal
 * digits. Of every file only the key group of that key is read, as Flink would restore it. Exit code 3: the savepoint is not
 * in the canonical format.
 */
public final class SavepointReader {
    private static final int OTHER_FORMAT = 3;

    private final Row key;
    private final TypeSerializer<Row> keys;
    private final ClassLoader loader = SavepointReader.class.getClassLoader();
    private final PrintStream out;

    private SavepointReader(String key, PrintStream out) {
        this.key = PseudonymKeySelector.of(key);
        this.keys = PseudonymKeySelector.TYPE.createSerializer(new org.apache.flink.api.common.serialization.SerializerConfigImpl());
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        new SavepointReader(arguments[1], out).print(new Path(arguments[0]));
        out.flush();
    }

    private void print(Path directory) throws Exception {
        Path metadata = new Path(directory, "_metadata");
        try (DataInputStream in = new DataInputStream(FileSystem.get(metadata.toUri()).open(metadata))) {
            for (OperatorState step : Checkpoints.loadCheckpointMetadata(in, loader, directory.toString()).getOperatorStates()) {
                print(step);
            }
        }
    }

    private void print(OperatorState step) throws Exception {
        int group = KeyGroupRangeAssignment.assignToKeyGroup(key, step.getMaxParallelism());
        KeyGroupRange range = new KeyGroupRange(group, group);
        List<KeyedStateHandle> handles = new ArrayList<>();
        for (OperatorSubtaskState part : step.getStates()) {
            for (KeyedStateHandle handle : part.getManagedKeyedState()) {
                if (!(handle instanceof KeyGroupsStateHandle)) {
                    System.exit(OTHER_FORMAT);
                }
                KeyedStateHandle own = handle.getIntersection(range);
                if (own != null) {
                    handles.add(own);
                }
            }
        }
        if (!handles.isEmpty() && step.getOperatorUid().isPresent()) {
            StateSerializerProvider<Row> provider = StateSerializerProvider.fromNewRegisteredSerializer(keys);
            ThrowingIterator<SavepointRestoreResult> results =
                    new FullSnapshotRestoreOperation<>(range, loader, handles, provider).restore();
            while (results.hasNext()) {
                print(step, results.next());
            }
            results.close();
        }
    }

    private void print(OperatorState step, SavepointRestoreResult result) throws Exception {
        int prefix = CompositeKeySerializationUtils.computeRequiredBytesInKeyGroupPrefix(step.getMaxParallelism());
        List<StateMetaInfoSnapshot> states = result.getStateMetaInfoSnapshots();
        ThrowingIterator<KeyGroup> groups = result.getRestoredKeyGroups();
        while (groups.hasNext()) {
            ThrowingIterator<KeyGroupEntry> entries = groups.next().getKeyGroupEntries();
            while (entries.hasNext()) {
                KeyGroupEntry entry = entries.next();
                StateMetaInfoSnapshot state = states.get(entry.getKvStateId());
                if (isMap(state)) {
                    print(step.getOperatorUid().orElseThrow(), new RegisteredKeyValueStateBackendMetaInfo<>(state), entry, prefix);
                }
            }
            entries.close();
        }
        groups.close();
    }

    private static boolean isMap(StateMetaInfoSnapshot state) {
        String kind = state.getOption(StateMetaInfoSnapshot.CommonOptionsKeys.KEYED_STATE_TYPE);
        return state.getBackendStateType() == StateMetaInfoSnapshot.BackendStateType.KEY_VALUE
                && StateDescriptor.Type.MAP.toString().equals(kind);
    }

    private void print(String step, RegisteredKeyValueStateBackendMetaInfo<Object, Object> state, KeyGroupEntry entry, int prefix)
            throws Exception {
        TypeSerializer<Object> namespaces = state.getNamespaceSerializer();
        MapSerializer<?, ?> map = (MapSerializer<?, ?>) (TypeSerializer<?>) state.getStateSerializer();
        boolean ambiguous = CompositeKeySerializationUtils.isAmbiguousKeyPossible(keys, namespaces);
        DataInputDeserializer name = new DataInputDeserializer(entry.getKey());
        name.skipBytesToRead(prefix);
        if (!key.equals(CompositeKeySerializationUtils.readKey(keys, name, ambiguous))) {
            return;
        }
        CompositeKeySerializationUtils.readNamespace(namespaces, name, ambiguous);
        String entryKey = map.getKeySerializer().deserialize(name).toString();
        DataInputDeserializer value = new DataInputDeserializer(entry.getValue());
        if (!value.readBoolean() && map.getValueSerializer().deserialize(value) instanceof byte[] bytes) {
            out.println(String.join("\t", step, state.getName(), base64(entryKey.getBytes(StandardCharsets.UTF_8)), base64(bytes)));
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
