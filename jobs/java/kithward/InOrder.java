package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.transformations.TwoInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * In which order, and how often, does a step see its events? It stands before each step and takes Row(key, parcel) and,
 * on its second input, Row(version, policy). A parcel waits, as state, until the watermark has passed its time; those of
 * one time go on by class and event id (C-2). Late ones go on at once (C-4), repeated ones never (C-12).
 *
 * <p>Before the events of a time go on, the watermark of the millisecond before is said, so that the step's own alarms
 * ring between its events, as C-3 wants them. Policies are remembered and go on as they come: every instance of the step
 * hears each of them once, and after a restore hears all of them again before anything else.
 *
 * <p>What goes on is a Row(key, bytes): a byte that says what it is, the key (two-byte length, UTF-8), the record.
 */
public final class InOrder extends AbstractStreamOperator<Row>
        implements TwoInputStreamOperator<Row, Row, Row>, Triggerable<Row, VoidNamespace> {
    private static final long serialVersionUID = 1L;

    private static final byte EVENT = 0;
    private static final byte LATE = 1;
    private static final byte POLICY = 2;
    private static final long HOUR_MS = 3_600_000; // one timer a key and hour forgets what need not be known any more
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

    private final boolean waits;

    private transient MapState<Long, byte[]> waiting;
    private transient MapState<String, Long> judged;
    private transient BroadcastState<String, byte[]> policies;
    private transient InternalTimerService<VoidNamespace> timers;
    private transient Counter late;
    private transient Counter repeated;
    private transient Row ownKey;
    private transient long said;

    InOrder(boolean waits) {
        this.waits = waits;
    }

    /** Returns what goes on to a step. One that does not mind the order gets its events as they come. */
    public static DataStream<Row> of(
            DataStream<Row> routes, DataStream<Row> policies, String uid, boolean waits) {
        Key key = new Key();
        TwoInputTransformation<Row, Row, Row> ordered = new TwoInputTransformation<>(
                routes.keyBy(key, Key.TYPE).getTransformation(),
                policies.broadcast().getTransformation(),
                uid,
                SimpleOperatorFactory.of(new InOrder(waits)),
                Types.ROW_NAMED(new String[] {"key", "payload"}, Types.STRING, BYTES),
                routes.getExecutionEnvironment().getParallelism(),
                false);
        ordered.setUid(uid);
        ordered.setStateKeySelectors(key, null);
        ordered.setStateKeyType(Key.TYPE);
        routes.getExecutionEnvironment().addOperator(ordered);
        return new DataStream<>(routes.getExecutionEnvironment(), ordered);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        waiting = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("waiting", Types.LONG, BYTES));
        judged = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("judged", Types.STRING, Types.LONG));
        policies = context.getOperatorStateStore()
                .getBroadcastState(new MapStateDescriptor<>("policies", Types.STRING, BYTES));
    }

    @Override
    public void open() throws Exception {
        super.open();
        timers = getInternalTimerService("waiting", VoidNamespaceSerializer.INSTANCE, this);
        MetricGroup metrics = getRuntimeContext().getMetricGroup().addGroup("kithward");
        late = metrics.counter("late");
        repeated = metrics.counter("repeated");
        said = Long.MIN_VALUE;
        ownKey = keyOfThisInstance();
        for (Map.Entry<String, byte[]> policy : policies.immutableEntries()) {
            tell(policy.getValue());
        }
    }

    @Override
    public void processElement1(StreamRecord<Row> element) throws Exception {
        Parcel parcel = new Parcel((byte[]) element.getValue().getField(1));
        if (parcel.atMs <= timers.currentWatermark()) {
            late.inc();
            passOn(parcel, LATE);
        } else if (waits) {
            byte[] before = waiting.get(parcel.atMs);
            waiting.put(parcel.atMs, before == null ? joined(parcel.bytes) : joined(before, parcel.bytes));
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, parcel.atMs);
        } else {
            passOn(parcel, EVENT);
        }
    }

    @Override
    public void processElement2(StreamRecord<Row> element) throws Exception {
        String version = (String) element.getValue().getField(0);
        if (!policies.contains(version)) {
            byte[] policy = Parcel.recordOf((byte[]) element.getValue().getField(1));
            policies.put(version, policy);
            tell(policy);
        }
    }

    @Override
    public void onEventTime(InternalTimer<Row, VoidNamespace> timer) throws Exception {
        long atMs = timer.getTimestamp();
        byte[] due = waiting.get(atMs);
        if (due != null) {
            waiting.remove(atMs);
            say(atMs - 1);
            for (Parcel parcel : sorted(due)) {
                passOn(parcel, EVENT);
            }
        }
        if (atMs % HOUR_MS == 0) {
            forgetJudged(atMs);
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Row, VoidNamespace> timer) {}

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        said = mark.getTimestamp();
    }

    private void say(long watermarkMs) {
        if (watermarkMs > said) {
            said = watermarkMs;
            output.emitWatermark(new Watermark(watermarkMs));
        }
    }

    private void passOn(Parcel parcel, byte kind) throws Exception {
        if (parcel.untilMs != 0 && isRepeated(parcel, kind == LATE)) {
            repeated.inc();
            return;
        }
        output.collect(new StreamRecord<>(row((Row) getCurrentKey(), kind, parcel.bytes, parcel.recordAt)));
    }

    private boolean isRepeated(Parcel parcel, boolean isLate) throws Exception {
        Long knownUntilMs = judged.get(parcel.eventId);
        if (knownUntilMs != null && parcel.atMs < knownUntilMs) {
            return true;
        }
        // A late event is remembered from now on, or it would be forgotten before its repetition comes.
        long untilMs = parcel.untilMs + (isLate ? timers.currentWatermark() - parcel.atMs : 0);
        judged.put(parcel.eventId, untilMs);
        timers.registerEventTimeTimer(VoidNamespace.INSTANCE, Math.floorDiv(untilMs, HOUR_MS) * HOUR_MS + HOUR_MS);
        return false;
    }

    private void forgetJudged(long atMs) throws Exception {
        for (Iterator<Map.Entry<String, Long>> known = judged.iterator(); known.hasNext(); ) {
            if (known.next().getValue() <= atMs) {
                known.remove();
            }
        }
    }

    private void tell(byte[] policy) {
        output.collect(new StreamRecord<>(row(ownKey, POLICY, policy, 0)));
    }

    /** A policy has no key, and needs one that this instance may hold. */
    private Row keyOfThisInstance() {
        int instances = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        int most = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        int me = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        int number = 0;
        while (KeyGroupRangeAssignment.assignKeyToParallelOperator(Row.of("" + number), most, instances) != me) {
            number++;
        }
        return Row.of("" + number);
    }

    private static Row row(Row key, byte kind, byte[] from, int at) {
        String text = (String) key.getField(0);
        byte[] name = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(1 + 2 + name.length + from.length - at);
        bytes.put(kind).putShort((short) name.length).put(name).put(from, at, from.length - at);
        return Row.of(text, bytes.array());
    }

    private static byte[] joined(byte[] parcel) {
        return ByteBuffer.allocate(4 + parcel.length).putInt(parcel.length).put(parcel).array();
    }

    private static byte[] joined(byte[] before, byte[] parcel) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(before);
        all.writeBytes(joined(parcel));
        return all.toByteArray();
    }

    private static List<Parcel> sorted(byte[] joined) {
        List<Parcel> parcels = new ArrayList<>(1);
        for (ByteBuffer rest = ByteBuffer.wrap(joined); rest.hasRemaining(); ) {
            parcels.add(new Parcel(Packed.bytes(rest)));
        }
        parcels.sort(null);
        return parcels;
    }

    /** What jobs/parcel.py packs, opened as far as its order goes. */
    private static final class Parcel implements Comparable<Parcel> {
        private static final int HEAD = 8 + 1 + 8 + 2;

        private final byte[] bytes;
        private final long atMs;
        private final byte rank;
        private final long untilMs;
        private final String eventId;
        private final int recordAt;

        Parcel(byte[] bytes) {
            ByteBuffer head = ByteBuffer.wrap(bytes);
            this.bytes = bytes;
            atMs = head.getLong();
            rank = head.get();
            untilMs = head.getLong();
            eventId = Packed.name(head);
            recordAt = head.position();
        }

        static byte[] recordOf(byte[] bytes) {
            return Arrays.copyOfRange(bytes, new Parcel(bytes).recordAt, bytes.length);
        }

        @Override
        public int compareTo(Parcel other) {
            int byClass = Byte.compare(rank, other.rank);
            return byClass != 0 ? byClass : Arrays.compareUnsigned(idBytes(), other.idBytes());
        }

        private byte[] idBytes() {
            return Arrays.copyOfRange(bytes, HEAD, recordAt);
        }
    }
}
