package kithward;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
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
 * Buffers, sorts and deduplicates the events of a step. It comes before the step's Python operator, in one operator chain
 * with it, and reads Row(key, envelope) and, on its second input, broadcast Row(event id, policy). An event is buffered
 * until the watermark has passed its time: on the heap, which each checkpoint writes out per key group (raw keyed state),
 * and in keyed state when the heap buffer is full. Events of one time are emitted by rank and event id (C-2), late events at
 * once (C-4), duplicates never (C-12), policies as they come. The step's own state and its timers are here too: one store
 * for both, and timers that fire between events as C-3 wants them.
 *
 * <p>Whatever a watermark releases is emitted in {@link StepBatch}es: a call into Python costs more than the work on most
 * events. State changes, and timers later than the batch, Python leaves in {@link StepState}. A timer within the batch's time
 * Python fires itself. A long batch is split. Keyed state knows a key by its pseudonym only, and so does a timer.
 */
public final class EventTimeBuffer extends AbstractStreamOperator<byte[]>
        implements TwoInputStreamOperator<Row, Row, byte[]>, Triggerable<Row, Byte> {
    private static final long serialVersionUID = 1L;

    private static final byte EVENT = 0;
    private static final byte LATE = 1;
    private static final byte POLICY = 2;
    private static final byte TIMER = 3;
    private static final PrimitiveArrayTypeInfo<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    private static final ThreadLocal<StepState> OF_THIS_THREAD = new ThreadLocal<>();

    private final boolean ordered;
    private final List<String> submitted;

    private transient HeapBuffer buffer;
    private transient WaitingEvents waiting;
    private transient SeenEvents seen;
    private transient PublishedPolicies policies;
    private transient StoredWatermark watermark;
    private transient InternalTimerService<Byte> timers;
    private transient Counter late;
    private transient Counter duplicates;
    private transient PendingEntries pending;
    private transient StepState state;
    private transient StepBatch batch;
    private transient long batchEndsMs;
    private transient Contacts contacts;
    private transient CachedKeys keys;

    EventTimeBuffer(boolean ordered, List<String> submitted) {
        this.ordered = ordered;
        this.submitted = submitted;
    }

    static StepState stateOfThisThread() {
        return OF_THIS_THREAD.get();
    }

    /**
     * Returns the batches for a step. A step that is not `ordered` gets its events as they arrive. `submitted` are the event
     * ids of the policies with which the step starts.
     */
    public static DataStream<byte[]> of(
            DataStream<Row> routes, DataStream<Row> policies, String uid, boolean ordered, String[] submitted) {
        PseudonymKeySelector key = new PseudonymKeySelector();
        TwoInputTransformation<Row, Row, byte[]> buffered = new TwoInputTransformation<>(
                routes.keyBy(key, PseudonymKeySelector.TYPE).getTransformation(),
                policies.broadcast().getTransformation(),
                uid,
                SimpleOperatorFactory.of(new EventTimeBuffer(ordered, List.of(submitted))),
                BYTES,
                routes.getExecutionEnvironment().getParallelism(),
                false);
        buffered.setUid(uid);
        buffered.setStateKeySelectors(key, null);
        buffered.setStateKeyType(PseudonymKeySelector.TYPE);
        routes.getExecutionEnvironment().addOperator(buffered);
        return new DataStream<>(routes.getExecutionEnvironment(), buffered);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        buffer = new HeapBuffer(context.getRawKeyedStateInputs());
        keys = new CachedKeys(getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks());
        waiting = new WaitingEvents(context);
        seen = new SeenEvents(
                context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("judged", Types.STRING, Types.LONG)),
                atMs -> timers.registerEventTimeTimer(EVENT, atMs));
        policies = new PublishedPolicies(context.getOperatorStateStore(), submitted);
        watermark = new StoredWatermark(context.getOperatorStateStore().getUnionListState(StoredWatermark.descriptor()));
        pending = new PendingEntries(context.getOperatorStateStore());
        batch = new StepBatch();
    }

    @Override
    public void open() throws Exception {
        super.open();
        state = new StepState(
                getKeyedStateStore(),
                pending,
                pseudonym -> setCurrentKey(Row.of(pseudonym)),
                atMs -> timers.registerEventTimeTimer(TIMER, atMs));
        OF_THIS_THREAD.set(state);
        timers = getInternalTimerService("order", ByteSerializer.INSTANCE, this);
        late = metrics().counter("late");
        duplicates = metrics().counter("repeated");
        pending.open(metrics());
        for (byte[] policy : policies.all()) {
            emitPolicy(policy);
        }
    }

    /** Most elements are only buffered; what touches keyed state sets the current key itself. */
    @Override
    public void setKeyContextElement1(@SuppressWarnings("rawtypes") StreamRecord element) {}

    @Override
    public void processElement1(StreamRecord<Row> element) throws Exception {
        Row route = element.getValue();
        if (Approach.isOne((byte[]) route.getField(1))) {
            remember((String) route.getField(0), Approach.unpack((byte[]) route.getField(1)));
            return;
        }
        Envelope envelope = new Envelope((String) route.getField(0), (byte[]) route.getField(1));
        if (envelope.atMs <= watermark.currentMs()) {
            late.inc();
            emitAtOnce(LATE, envelope);
        } else if (ordered) {
            buffer.add(envelope);
            if (buffer.isFull()) {
                moveToState();
            }
        } else {
            emitAtOnce(EVENT, envelope);
        }
    }

    /** Remembers an approach: Python is not called, and finds it in the step's state. */
    private void remember(String key, Approach approach) throws Exception {
        if (contacts == null) {
            contacts = new Contacts(
                    name -> state.open(name, Types.STRING), atMs -> timers.registerEventTimeTimer(TIMER, atMs), metrics());
            state.onChange(contacts::changed);
        }
        if (approach.atMs() <= watermark.currentMs()) {
            late.inc();
        }
        Row selected = keys.of(key);
        setCurrentKey(selected);
        contacts.remember(PseudonymKeySelector.pseudonymOf(selected), approach, watermark.currentMs());
    }

    @Override
    public void processElement2(StreamRecord<Row> element) throws Exception {
        byte[] policy = Envelope.recordOf((byte[]) element.getValue().getField(1));
        if (policies.add((String) element.getValue().getField(0), policy)) {
            emitPolicy(policy);
        }
    }

    /** Raw keyed state holds the heap buffer. The timers are not in it: RocksDB keeps them. */
    @Override
    protected boolean isUsingCustomRawKeyedState() {
        return true;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        if (!buffer.isEmpty()) {
            buffer.write(context.getRawKeyedOperatorStateOutput(), keys::groupOf);
        }
        waiting.snapshot();
        watermark.snapshot();
        pending.snapshot();
        super.snapshotState(context);
    }

    /** Moves all events from the heap buffer to keyed state, each time with a timer. */
    private void moveToState() throws Exception {
        while (!buffer.isEmpty()) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = buffer.poll();
            long atMs = earliest.getKey();
            for (Map.Entry<String, List<Envelope>> ofKey : earliest.getValue().entrySet()) {
                setCurrentKey(keys.of(ofKey.getKey()));
                waiting.add(atMs, ofKey.getValue());
                timers.registerEventTimeTimer(EVENT, atMs);
            }
        }
    }

    @Override
    public void onEventTime(InternalTimer<Row, Byte> timer) throws Exception {
        long atMs = timer.getTimestamp();
        if (batch.isLong()) {
            timers.registerEventTimeTimer(timer.getNamespace(), atMs); // the batch may set timers that come before it
            emitBatch(Math.min(batchEndsMs, atMs - 1));
            return;
        }
        batchEndsMs = atMs;
        release(atMs, List.of());
        if (timer.getNamespace() == TIMER) {
            batch.add(TIMER, atMs, PseudonymKeySelector.pseudonymOf(timer.getKey()), "", new byte[0], 0);
        }
        seen.expire(atMs);
    }

    @Override
    public void onProcessingTime(InternalTimer<Row, Byte> timer) {}

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        watermark.advance(mark.getTimestamp());
        while (buffer.isDue(mark.getTimestamp())) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = buffer.poll();
            long atMs = earliest.getKey();
            do {
                timeServiceManager.advanceWatermark(new Watermark(atMs - 1));
            } while (batch.isLong() && emitBatch(batchEndsMs));
            batchEndsMs = atMs;
            for (Map.Entry<String, List<Envelope>> ofKey : earliest.getValue().entrySet()) {
                setCurrentKey(keys.of(ofKey.getKey()));
                release(atMs, ofKey.getValue());
            }
        }
        do {
            timeServiceManager.advanceWatermark(mark);
        } while (emitBatch(batchEndsMs)); // the batch may have set timers that are due by now
        output.emitWatermark(mark);
        TaskOutput.flush(this);
    }

    /** Adds the current key's events of a time to the batch, sorted; of equal ones those in state first: they came first. */
    private void release(long atMs, List<Envelope> buffered) throws Exception {
        List<Envelope> due = waiting.poll(atMs);
        due.addAll(buffered);
        due.sort(null);
        Row key = (Row) getCurrentKey();
        for (Envelope envelope : due) {
            add(EVENT, envelope);
            if (batch.isLong()) {
                emitBatch(atMs - 1); // timers of this time come after all of its events
                setCurrentKey(key);
            }
        }
    }

    private void add(byte kind, Envelope envelope) throws Exception {
        // The time of a late event counts from now, or its id would expire before the repetition comes.
        long lateMs = kind == LATE ? watermark.currentMs() - envelope.atMs : 0;
        if (envelope.untilMs != 0 && seen.isDuplicate(envelope, lateMs)) {
            duplicates.inc();
        } else {
            String pseudonym = PseudonymKeySelector.pseudonymOf((Row) getCurrentKey());
            batch.add(kind, envelope.atMs, pseudonym, envelope.key, envelope.bytes, envelope.recordAt);
        }
    }

    /** Emits one event as a batch of its own. */
    private void emitAtOnce(byte kind, Envelope envelope) throws Exception {
        setCurrentKey(keys.of(envelope.key));
        add(kind, envelope);
        emitBatch(Long.MIN_VALUE);
    }

    /** Emits the batch and then applies what Python deferred. Returns whether there was anything to emit. */
    private boolean emitBatch(long endsMs) throws Exception {
        if (batch.isEmpty()) {
            return false;
        }
        output.collect(new StreamRecord<>(batch.take(endsMs)));
        state.applyDeferred();
        return true;
    }

    private MetricGroup metrics() {
        return getRuntimeContext().getMetricGroup().addGroup("kithward");
    }

    private void emitPolicy(byte[] policy) throws Exception {
        batch.add(POLICY, Long.MIN_VALUE, "", "", policy, 0);
        emitBatch(Long.MIN_VALUE);
    }
}
