package kithward;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Drops messages in which certainly nothing can be found before they are passed to Python. If who wrote to whom first
 * matters, it tells that instead, by a side output straight to the step that remembers it. By which tables, and until when
 * they hold, the screen says with its output, which {@link FirstLookReceiver} hands over in the same task manager: until it
 * has, and when it has not for as long as its lease, everything passes. No result depends on what is dropped here, because
 * the screen would drop it, too.
 */
public final class FirstLook extends ProcessFunction<byte[], byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int TIMESTAMP = 0;
    private static final int TOPIC = 20;
    private static final int KEY_SIZE = 22;
    private static final int HEAD = 30;
    private static final Map<String, FirstLook> RUNNING = new ConcurrentHashMap<>();

    private final short messages;
    private final OutputTag<Row> approaches;
    private transient String place;
    private transient Counter dropped;
    private transient ApproachTable told;
    private transient volatile Judged judged;

    /** `messages` is the index of the topic among the input topics; `step` is told who wrote to whom. */
    public FirstLook(int messages, String step) {
        this.messages = (short) messages;
        this.approaches = Router.sideOutput(step);
    }

    @Override
    public void open(OpenContext context) {
        place = place(getRuntimeContext());
        dropped = getRuntimeContext().getMetricGroup().addGroup("kithward").counter("read");
        RUNNING.put(place, this);
    }

    @Override
    public void close() {
        if (place != null) {
            RUNNING.remove(place, this);
        }
    }

    /** Hands tables over to the instance that runs in the same slot as the caller. */
    static void receive(RuntimeContext caller, ByteBuffer message) {
        FirstLook look = RUNNING.get(place(caller));
        if (look != null) {
            look.tell(message);
        }
    }

    private static String place(RuntimeContext context) {
        return context.getJobInfo().getJobId() + "/" + context.getTaskInfo().getIndexOfThisSubtask();
    }

    /** Reads how long tables hold, by {@link System#nanoTime}, from which event time on, and the tables if they are new. */
    public void tell(ByteBuffer message) {
        long untilNanos = message.getLong();
        long fromMs = message.getLong();
        if (message.hasRemaining()) {
            told = told == null ? new ApproachTable() : told;
            judged = new Judged(new MessageLook(inflate(message), told), fromMs, untilNanos);
        } else if (judged != null) {
            judged = new Judged(judged.look, fromMs, untilNanos);
        }
    }

    @Override
    public void processElement(byte[] packed, Context context, Collector<byte[]> out) {
        List<Row> instead = insteadOf(packed);
        if (instead == null) {
            out.collect(packed);
            return;
        }
        dropped.inc();
        for (Row approach : instead) {
            context.output(approaches, approach);
        }
    }

    /** Returns what the steps need to know of a packed Kafka record, if they do not need the record itself; otherwise null. */
    public List<Row> insteadOf(byte[] packed) {
        Judged now = judged;
        if (now == null || System.nanoTime() > now.untilNanos) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(packed);
        if (head.getShort(TOPIC) != messages) {
            return null;
        }
        int from = HEAD + Math.max(head.getInt(KEY_SIZE), 0);
        return now.look.insteadOf(packed, from, now.fromMs, head.getLong(TIMESTAMP));
    }

    private static ByteBuffer inflate(ByteBuffer message) {
        byte[] inflated = new byte[message.getInt()];
        Inflater inflater = new Inflater();
        inflater.setInput(message);
        try {
            if (inflater.inflate(inflated) != inflated.length) {
                throw new IllegalStateException("the tables of the first look are cut off");
            }
        } catch (DataFormatException bug) {
            throw new IllegalStateException("the tables of the first look are not deflated", bug);
        } finally {
            inflater.end();
        }
        return ByteBuffer.wrap(inflated);
    }

    private record Judged(MessageLook look, long fromMs, long untilNanos) {}
}
