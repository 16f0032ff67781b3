package kithward;

import java.io.Serializable;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.KafkaException;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.errors.InterruptException;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.errors.WakeupException;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the job as running on its broker: it is a member of a consumer group of its own, by which a second submission of the
 * same name finds it. The source cannot be found like that, since it commits offsets without joining its group. A member that
 * dies without leaving is dropped by the broker after the session timeout. Nothing depends on the marker: without the right to
 * the group, or while the broker is down, it only logs.
 */
public final class JobMarker implements Serializable, Runnable {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(JobMarker.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(1);
    private static final long RETRY_MS = 30_000;

    private final HashMap<String, Object> client;
    private final String topic;
    private transient volatile KafkaConsumer<byte[], byte[]> consumer;
    private transient volatile boolean closed;
    private transient Thread thread;

    /** `topic` is any that the client may read: a member has to subscribe to one. */
    public JobMarker(Map<String, String> client, String group, String topic) {
        this.client = new HashMap<>(client);
        this.client.put("group.id", group);
        this.client.put("client.id", group);
        this.client.put("enable.auto.commit", "false");
        this.topic = topic;
    }

    /** Joins the group, in a thread of its own. */
    public void start() {
        closed = false;
        thread = new Thread(this, "job-marker");
        thread.setDaemon(true);
        thread.setContextClassLoader(JobMarker.class.getClassLoader());
        thread.start();
    }

    /** Leaves the group; waits two seconds at most. */
    public void stop() throws InterruptedException {
        closed = true;
        KafkaConsumer<byte[], byte[]> current = consumer;
        if (current != null) {
            current.wakeup();
        }
        if (thread != null) {
            thread.interrupt();
            thread.join(2 * CLOSE.toMillis());
        }
    }

    @Override
    public void run() {
        while (!closed) {
            try {
                hold();
            } catch (WakeupException | InterruptException end) {
                return;
            } catch (KafkaException fault) {
                LOG.warn("the job is not marked as running: a second one of its name would not be noticed", fault);
                pause();
            }
        }
    }

    private void hold() {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        consumer = new KafkaConsumer<>(client, bytes, bytes);
        try {
            consumer.subscribe(List.of(topic));
            while (!closed) {
                consumer.poll(POLL);
                consumer.pause(consumer.assignment());
            }
        } finally {
            Thread.interrupted(); // or leaving the group would be interrupted, too
            consumer.close(CLOSE);
        }
    }

    private void pause() {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException end) {
            closed = true;
        }
    }
}
